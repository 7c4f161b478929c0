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
says "found no training suite in $GRADUS_HOME/bench, wanted one that was measured"
: >"$GRADUS_HOME/bench/epoch-cuda.json"
: >"$GRADUS_HOME/bench/target-cuda.json"
bench figure
expect 0
calls "--figure $GRADUS_HOME/bench/epoch-cuda.json $GRADUS_HOME/bench/target-cuda.json --out"
: >"$GRADUS_HOME/bench/resnet.json"
bench figure
calls "--figure $GRADUS_HOME/bench/resnet.json --out"

begin "a file that is not there is no figure"
bench figure "$GRADUS_HOME/bench/resnet.json" nowhere.json
expect 2
says "found no file 'nowhere.json'"
no_calls figure

begin "what it does not know is an error that names what there is"
bench epohc
expect 2
says "found 'epohc', wanted peer, figure"

# refuses WORDS SENTENCE: nothing is fetched or measured, whoever asks.
rm -rf "$GRADUS_HOME/bench-env"
refuses() {
  begin "refused before anything is fetched: $1"
  for asking in '' --needs; do
    # shellcheck disable=SC2086  # words
    bench $asking $1
    expect 2
    says "$2"
    no_calls .
  done
}
refuses "epoch --rounds 0" "--rounds: found '0', wanted a whole number from 1 to 1000"
refuses "epoch --rounds 1001" "found '1001'"
refuses "epoch --rounds 5.5" "found '5.5'"
refuses "epoch --rounds -1" "found '-1'"
refuses "epoch --rounds 99999999999999999999" "wanted a whole number from 1 to 1000"
refuses "epoch --epochs 500" "--epochs: found '500', wanted a whole number from 1 to 200"
refuses "epoch --epochs" "found nothing behind --epochs, wanted its value"
refuses "epoch --device tpu" "--device: found 'tpu', wanted cpu or cuda"
refuses "peer nonsense" "found 'nonsense', wanted peer"
refuses "peer --no-peer" "found both 'peer' and --no-peer, wanted one of them"
refuses "epoch --no-peer peer" "found both 'peer' and --no-peer"
refuses "peer --rounds 3" "found 'peer' with --rounds 3 and no suite"
refuses "epoch figure" "found 'figure' behind other words"

begin "the launcher learns what a line needs, and nothing is done"
needs() {
  bench --needs "$@"
  expect 0
  [ "$(cat "$scratch/said")" = "$wanted" ] || flunk "$*: wanted $wanted"
  no_calls .
}
wanted=nothing
needs --help
needs peer
wanted=programs
needs
needs epoch --rounds 1000 --epochs 200 --device cuda
needs peer epoch
needs figure

begin "help tells the words"
bench epoch --help
expect 0
says "bench [peer] [SUITE...] [--rounds N]"
no_calls .

[ "$failures" = 0 ] && echo "all passed"
exit "$failures"
