#!/bin/sh
# run.sh with a made-up home, Python and gradus-bench: what is measured, drawn and fetched first.
set -u
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export GRADUS_HOME="$scratch/home" GRADUS_BUILD="$scratch/build" GRADUS_PYTHON="$scratch/python"
export CALLS="$scratch/calls"
failures=0

# Both say how they were called; this Python's environments hold a copy of it. FAKE_NETWORK=down: pip
# gets nothing.
mkdir -p "$GRADUS_BUILD/framework/bench"
cat >"$GRADUS_PYTHON" <<'FAKE'
#!/bin/sh
case $* in
  '-m venv '*) mkdir -p "$3/bin" && cp "$0" "$3/bin/python" ;;
  '-m pip '*)
    echo "pip" >>"$CALLS"
    [ "${FAKE_NETWORK-}" != down ]
    ;;
esac
FAKE
for program in gradus-bench gradus-bench-micro; do
  printf '#!/bin/sh\necho "%s $*" >>"$CALLS"\n' "$program" >"$GRADUS_BUILD/framework/bench/$program"
  chmod +x "$GRADUS_BUILD/framework/bench/$program"
done
chmod +x "$GRADUS_PYTHON"

bench() {
  : >"$CALLS"
  sh "$here/run.sh" "$@" >"$scratch/said" 2>&1 && status=0 || status=$?
}
flunk() {
  echo "FAILED, $case_name: $*" && cat "$scratch/said" "$CALLS"
  failures=$((failures + 1))
}
begin() { case_name=$1; }
expect() { [ "$status" = "$1" ] || flunk "exit code $status, wanted $1"; }
says() { grep -qF -- "$1" "$scratch/said" || flunk "does not say: $1"; }
calls() { grep -q -- "$1" "$CALLS" || flunk "was not called: $1"; }
no_calls() { ! grep -q -- "$1" "$CALLS" || flunk "was called: $1"; }

begin "a suite of an hour runs by its name alone"
bench
no_calls target
bench target
calls "target$"

begin "the figure draws what the CPU did, or what a GPU did where it is alone"
mkdir -p "$GRADUS_HOME/bench"
bench figure
expect 2
says "nothing was measured yet"
: >"$GRADUS_HOME/bench/epoch-cuda.json"
: >"$GRADUS_HOME/bench/target-cuda.json"
bench figure
expect 0
calls "--figure $GRADUS_HOME/bench/epoch-cuda.json $GRADUS_HOME/bench/target-cuda.json --out"
: >"$GRADUS_HOME/bench/resnet.json"
bench figure
calls "--figure $GRADUS_HOME/bench/resnet.json --out"

begin "what it does not know is an error that names what there is"
bench epohc
expect 2
says "wanted peer, figure"

[ "$failures" = 0 ] && echo "all passed"
exit "$failures"
