#!/bin/bash
# Installs what building and testing Attune needs, builds it with its tests into build-test/ and runs them all.
# The last line counts single test cases: "N passed, N failed". Arguments go to ctest (-R core_test, say).
set -euo pipefail
shopt -s nullglob
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=packaging/packages.sh
. packaging/packages.sh
# shellcheck source=packaging/build.sh
. packaging/build.sh

packages=("${attune_build_packages[@]}" "${attune_run_packages[@]}" "${attune_test_packages[@]}")
attune_own_torch >/dev/null || packages+=("${attune_torch_packages[@]}")
attune_install "${packages[@]}"
# No NDEBUG: in tests a broken invariant must stop the program.
attune_configure build-test -DCMAKE_BUILD_TYPE=Release "-DCMAKE_CXX_FLAGS_RELEASE=-O2 -D_GLIBCXX_ASSERTIONS" \
  -DATTUNE_TESTS=ON -DATTUNE_UNITY=ON
attune_build build-test

results=$PWD/build-test/results
home=$PWD/build-test/home
rm -rf "$results" "$home"
mkdir -p "$results" "$home"
mkdir -m 700 "$home/runtime"

# Published models to compare with, where packaging/real_models.sh has fetched them.
[ -d build-test/real ] && export ATTUNE_REAL_MODELS=$PWD/build-test/real

# No window, no settings of the user's, one thread a test: waiting OpenMP threads would only take each other's cores.
unset DISPLAY WAYLAND_DISPLAY
export QT_QPA_PLATFORM=offscreen XDG_RUNTIME_DIR=$home/runtime
export HOME=$home XDG_CONFIG_HOME=$home/config XDG_DATA_HOME=$home/data XDG_CACHE_HOME=$home/cache XDG_STATE_HOME=$home/state
export LC_ALL=C.UTF-8 OMP_WAIT_POLICY=passive OMP_NUM_THREADS="${OMP_NUM_THREADS:-1}"
export GTEST_OUTPUT="xml:$results/"

ctest_failed=0
ctest --test-dir build-test --output-on-failure --no-tests=error --parallel "$(nproc)" \
  --output-junit "$results/ctest.junit" "$@" </dev/null || ctest_failed=1

# GoogleTest writes one XML file a program, one line a test case. A program that ctest calls failed although no case of
# its own did (it crashed, hung, or failed outside of its cases) counts as one failure more; one that is no GoogleTest
# counts as one case.
reports=("$results"/*.xml "$results"/ctest.junit)
passed=0 failed=0 skipped=0
[ -f "$results/ctest.junit" ] && read -r passed failed skipped < <(awk '
  FNR == 1 { file = FILENAME; sub(/.*\//, "", file); junit = sub(/\.junit$/, "", file); sub(/\.xml$/, "", file); seen[file] = 1 }
  !junit && /^    <testcase name="[^"]/ && /status="run"/ {
    total++
    if (/result="skipped"/) skipped++
    inside = !/\/>$/
  }
  !junit && inside && /^      <failure message=/ { bad[file] = 1; failed++; inside = 0 }
  !junit && /^    <\/testcase>/ { inside = 0 }
  junit && /<testcase name="/ {
    name = $0; sub(/.*<testcase name="/, "", name); sub(/".*/, "", name)
    if (/status="disabled"/) next
    broken = !/status="run"/
    if (broken && !bad[name]) { total++; failed++ }
    if (!broken && !(name in seen)) total++
  }
  END { printf "%d %d %d\n", total - failed - skipped, failed, skipped }
' "${reports[@]}")

if [ "$((passed + failed))" -eq 0 ]; then
  echo "No test ran." >&2
fi
line="$passed passed, $failed failed"
[ "$skipped" -eq 0 ] || line+=", $skipped skipped"
echo "$line"
[ "$ctest_failed" -eq 0 ] && [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
