#!/bin/bash
# Installs what Attune needs, builds it into build/ and opens the window; without a display it runs the demonstration
# on the command line. Arguments go to the program.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=packaging/packages.sh
. "$root/packaging/packages.sh"
# shellcheck source=packaging/build.sh
. "$root/packaging/build.sh"

prepare() {
  cd "$root"
  local packages=("${attune_build_packages[@]}" "${attune_run_packages[@]}") torch
  if torch=$(attune_own_torch); then
    echo "Using the LibTorch in $torch."
  else
    packages+=("${attune_torch_packages[@]}")
  fi
  # A Wayland session without X: Qt keeps that platform in a package of its own.
  if [ -z "${DISPLAY:-}" ] && [ -n "${WAYLAND_DISPLAY:-}" ]; then packages+=('?qt6-wayland'); fi
  if [ ! -x build/bin/attune ]; then
    echo "Attune: installing missing Debian packages, building into $root/build, then starting."
    echo "The first time takes several minutes; every later start takes seconds."
  fi
  attune_install "${packages[@]}"
  attune_configure build -DCMAKE_BUILD_TYPE=Release -DATTUNE_TESTS=OFF -DATTUNE_UNITY=ON
  attune_build build
}

# Talk goes to stderr: stdout belongs to the program. A subshell keeps the caller's working folder for its arguments.
(prepare) >&2

if [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then
  exec "$root/build/bin/attune" "$@"
fi
echo "No display here, so this is the demonstration on the command line." >&2
exec "$root/build/bin/attune-cli" demo "$@"
