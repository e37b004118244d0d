# Debian packages that building, running and testing Attune takes: sourced by run.sh and test.sh.
# shellcheck shell=bash disable=SC2034
# The names hold for Debian 12 and 13; a name that starts with "?" is wanted only where the release has it.

attune_build_packages=(
  g++ cmake ninja-build ccache pkg-config
  qt6-base-dev qt6-svg-dev libqcustomplot-dev
  libsentencepiece-dev libsqlite3-dev libsqlitecpp-dev nlohmann-json3-dev libcli11-dev
  libxlsxwriter-dev libminizip-dev # xlsxwriter.pc of Debian 13 asks for minizip, its package does not bring it
  libboost-dev libboost-math-dev libicu-dev libssl-dev libcurl4-openssl-dev
  libopenblas0-openmp # of attention, and of libtorch: the OpenMP flavour shares its threads; without one 40 times slower
  libdnnl-dev # products in bfloat16
)

attune_torch_packages=(libtorch-dev)

attune_run_packages=(
  qt6-qpa-plugins libqt6svg6
  '?qt6-svg-plugins' # Debian 13 keeps the SVG icon engine apart; in 12 it is part of libqt6svg6
  fonts-dejavu-core
)

attune_test_packages=(libgtest-dev libgmock-dev locales)

# A LibTorch of the user's own, found through CMAKE_PREFIX_PATH, takes the place of Debian's.
attune_own_torch() {
  local folder folders
  IFS=':;' read -ra folders <<<"${CMAKE_PREFIX_PATH:-}"
  for folder in "${folders[@]}"; do
    [ -f "$folder/share/cmake/Torch/TorchConfig.cmake" ] && echo "$folder" && return 0
  done
  return 1
}

attune_installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

attune_known() { [[ $(LC_ALL=C apt-cache policy "$1" 2>/dev/null) == *"Candidate: "[!\(]* ]]; }

# Prints those of the given packages that are not installed yet.
attune_missing() {
  local name
  for name in "$@"; do
    if [[ $name == \?* ]]; then
      name=${name#\?}
      attune_known "$name" || continue
    fi
    attune_installed "$name" || printf '%s\n' "$name"
  done
}

# Installs what is missing of the given packages. Touches neither the network nor sudo when nothing is.
attune_install() {
  local missing sudo=()
  if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
    echo "This system has no apt. If the build stops, install what corresponds to these Debian packages:"
    printf '  %s\n' "${*//\?/}"
    return 0
  fi
  mapfile -t missing < <(attune_missing "$@")
  [ ${#missing[@]} -eq 0 ] && return 0

  if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
      echo "These packages are missing, and sudo is not there to install them. As root, run:" >&2
      echo "  apt-get install --no-install-recommends ${missing[*]}" >&2
      return 1
    fi
    sudo=(sudo)
  fi
  echo "Installing ${#missing[@]} missing Debian packages (and what they need): ${missing[*]}"
  local apt=("${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o Acquire::Retries=3 -o DPkg::Lock::Timeout=300)
  "${apt[@]}" update </dev/null || echo "The package lists could not be refreshed; trying with those that are here." >&2
  mapfile -t missing < <(attune_missing "$@") # the lists may only now know the packages of this release
  "${apt[@]}" install -y --no-install-recommends "${missing[@]}" </dev/null
}
