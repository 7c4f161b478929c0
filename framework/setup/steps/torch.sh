# Fetches the wheels of GL_TORCH_LIST into GL_DOWNLOADS and unpacks them as GL_TORCH_HOME. Nothing
# is used before its hash was checked; the folder appears whole or not at all.
set -eu

# The wheels' own tags, so that any Python 3 will do: only C++ uses what they hold.
pip() {
  verb=$1
  shift
  PIP_USER=0 PIP_REQUIRE_VIRTUALENV=0 TMPDIR=$GL_DOWNLOADS/partial \
    "$GL_PYTHON" -m pip --no-input --disable-pip-version-check --no-cache-dir "$verb" \
    --progress-bar off --no-deps --require-hashes --only-binary :all: \
    --implementation cp --python-version 311 --abi cp311 \
    --platform manylinux_2_28_x86_64 --platform manylinux_2_25_x86_64 \
    --platform manylinux_2_17_x86_64 --platform manylinux2014_x86_64 "$@" -r "$GL_TORCH_LIST"
}

hashes=$(sed -n 's/.*--hash=sha256://p' "$GL_TORCH_LIST")

# Throws away every wheel that is not whole; fails where one is missing.
check_wheels() {
  seen=''
  for wheel in "$GL_DOWNLOADS"/*.whl; do
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

mkdir -p "$GL_DOWNLOADS"
rm -rf "$GL_DOWNLOADS/partial" "$GL_TORCH_HOME.partial"
mkdir -p "$GL_DOWNLOADS/partial" "$(dirname "$GL_TORCH_HOME")"
tries=0
until check_wheels; do
  tries=$((tries + 1))
  if [ "$tries" -gt 3 ]; then
    echo "the wheels could not be fetched; is Python's package index reachable?"
    exit 1
  fi
  echo "fetching, try $tries of 3"
  pip download --dest "$GL_DOWNLOADS" || sleep 2
done

pip install --target "$GL_TORCH_HOME.partial" --no-index --find-links "$GL_DOWNLOADS" --no-compile
printf '%s\n' "$GL_TORCH_KEY" >"$GL_TORCH_HOME.partial/.complete"
sync -f "$GL_TORCH_HOME.partial" 2>/dev/null || sync
rm -rf "$GL_TORCH_HOME" "$GL_DOWNLOADS/partial"
mv "$GL_TORCH_HOME.partial" "$GL_TORCH_HOME"
