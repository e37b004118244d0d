# Configuring and building, shared by run.sh and test.sh.
# shellcheck shell=bash

# attune_configure FOLDER OPTION...: runs CMake when the folder is new, or was made from other options, another
# LibTorch or another place; later changes of CMakeLists.txt are noticed by Ninja itself.
attune_configure() {
  local folder=$1 wanted
  shift
  wanted="$PWD $* CMAKE_PREFIX_PATH=${CMAKE_PREFIX_PATH:-}"
  if [ -f "$folder/build.ninja" ] && [ "$(cat "$folder/configured-with" 2>/dev/null)" = "$wanted" ]; then
    return 0
  fi
  rm -f "$folder/.ninja_deps" # would name files of the old place
  cmake --fresh -S . -B "$folder" -G Ninja "$@" && printf '%s\n' "$wanted" >"$folder/configured-with"
}

# Builds with as many jobs as there are cores, fewer where memory is short: a file takes up to 1 GB.
attune_build() {
  local jobs gigabytes
  jobs=$(nproc)
  gigabytes=$(awk '/^MemAvailable:/ { print int($2 / 1000000) }' /proc/meminfo)
  [ "$jobs" -le "${gigabytes:-$jobs}" ] || jobs=$((gigabytes > 0 ? gigabytes : 1))
  cmake --build "$1" --parallel "$jobs"
}
