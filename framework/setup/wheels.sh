# shellcheck shell=sh
# Wheels as plain archives of files: fetch what a list of pinned hashes names, unpack it. Sourced by
# the steps torch, cuda and gpu. Nothing is used before its hash was checked.

# list_hashes LIST: the hashes in it, one a line.
list_hashes() { sed -n 's/.*--hash=sha256://p' "$1"; }

# pip_of LIST DOWNLOADS VERB ARGUMENTS...: the wheels' own tags, so that any Python 3 will do: only
# C++ uses what they hold.
pip_of() {
  list=$1 downloads=$2 verb=$3
  shift 3
  PIP_USER=0 PIP_REQUIRE_VIRTUALENV=0 TMPDIR=$downloads/partial \
    "$GL_PYTHON" -m pip --no-input --disable-pip-version-check --no-cache-dir "$verb" \
    --progress-bar off --no-deps --require-hashes --only-binary :all: \
    --implementation cp --python-version 311 --abi cp311 \
    --platform manylinux_2_28_x86_64 --platform manylinux_2_27_x86_64 \
    --platform manylinux_2_25_x86_64 --platform manylinux_2_18_x86_64 \
    --platform manylinux_2_17_x86_64 --platform manylinux2014_x86_64 "$@" -r "$list"
}

# check_wheels LIST DOWNLOADS: throws away every wheel that is not whole; fails where one is missing.
check_wheels() {
  hashes=$(list_hashes "$1")
  seen=''
  for wheel in "$2"/*.whl; do
    [ -e "$wheel" ] || continue
    hash=$(sha256sum <"$wheel" | cut -c1-64)
    case "$hashes" in
      *"$hash"*) seen="$seen $hash" ;;
      *)
        echo "damaged or unknown, thrown away: $wheel (sha256 $hash)"
        rm -f "$wheel"
        ;;
    esac
  done
  for hash in $hashes; do
    case "$seen" in *"$hash"*) ;; *) return 1 ;; esac
  done
}

# unpack_wheels LIST DOWNLOADS FOLDER: fetches what is not there yet and leaves the contents of all
# wheels in FOLDER.partial, synced; the caller renames it.
unpack_wheels() {
  mkdir -p "$2" "$(dirname "$3")"
  rm -rf "$2/partial" "$3.partial"
  mkdir -p "$2/partial"
  tries=0
  until check_wheels "$1" "$2"; do
    tries=$((tries + 1))
    if [ "$tries" -gt 3 ]; then
      echo "the wheels could not be fetched; is Python's package index reachable?"
      exit 1
    fi
    echo "fetching, try $tries of 3"
    pip_of "$1" "$2" download --dest "$2" || sleep 2
  done
  pip_of "$1" "$2" install --target "$3.partial" --no-index --find-links "$2" --no-compile
  rm -rf "$2/partial"
  sync -f "$3.partial" 2>/dev/null || sync
}

# take_folder FOLDER KEY: FOLDER.partial becomes FOLDER, whole or not at all, with KEY as its stamp.
take_folder() {
  printf '%s\n' "$2" >"$1.partial/.complete"
  rm -rf "$1"
  mv "$1.partial" "$1"
}
