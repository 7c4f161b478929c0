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

begin "without names nothing is fetched"
bench
expect 0
no_calls pip
calls "^gradus-bench --root"

begin "a suite that compares with nobody fetches nothing"
bench start rebuild
no_calls pip
calls "start rebuild$"

begin "--no-peer leaves the peers out"
bench epoch --no-peer
no_calls pip
calls "--no-peer epoch$"

begin "without network our side is measured, and that is said"
export FAKE_NETWORK=down
bench resnet
expect 0
calls pip
says "2.6 GB"
says "look at the network connection. Only our side is measured."
calls "resnet$"
[ ! -e "$GRADUS_HOME/bench-env" ] || flunk "half an environment stayed"

begin "asked for alone, a failure is one"
bench peer
expect 2
says "look at the network connection"
unset FAKE_NETWORK

begin "a training suite that is named has its peers' environment made, once"
bench target
expect 0
calls pip
calls "target$"
[ -x "$GRADUS_HOME/bench-env/bin/python" ] || flunk "no environment"
bench epoch sweep
no_calls pip

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
