#!/bin/sh
# Measures this copy of Gradus:
#   run.sh [peer] [SUITE...] [--rounds N] [--epochs N] [--device cpu|cuda] [--no-peer]
# or draws what was measured: run.sh figure [FILE.json...] (default: all training suites there)
#
# './gradus bench' calls it after everything is built. Suites: start, sandbox, rebuild, epoch, micro;
# sweep, resnet, resnet_sweep and target take long and run by name only. A training suite that is named
# first makes the environment of its peers where it is missing (Python with PyTorch and all that it
# requires: 2.6 GB to download, 5 GB on disk) in GRADUS_HOME/bench-env; 'peer' makes it alone, and with
# --no-peer only our side is measured. Figures go to the terminal and to GRADUS_HOME/bench/SUITE.json
# (of a GPU, SUITE-cuda.json); a drawing of the trainings beside their peers to SUITE.svg, of all of
# them ('figure') to figure.svg.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
root=$(dirname -- "$(dirname -- "$here")")
build=${GRADUS_BUILD:-$root/build}
if [ -n "${GRADUS_HOME-}" ]; then
  home=$GRADUS_HOME
elif [ "$(id -u)" = 0 ]; then
  home=/var/lib/gradus
else
  home=$HOME/.cache/gradus
fi

say() { printf '%s\n' "$*" >&2; }
die() {
  say "gradus bench: $*"
  exit 2
}

usage() { sed -n '2,13s/^# \{0,1\}//p' "$0"; }

# make_peer: an environment of its own, in GRADUS_HOME. Fails with the reason in $why, and leaves none.
make_peer() {
  environment=$home/bench-env
  wanted=$(cksum <"$here/peer_requirements.txt")
  [ "$(cat "$environment/made-of" 2>/dev/null)" != "$wanted" ] || return 0
  python=${GRADUS_PYTHON:-python3}
  "$python" -c 'import ensurepip, venv' 2>/dev/null || {
    why="$python cannot make environments. Type: apt-get install python3-venv"
    return 1
  }
  say "making $environment for the peers (2.6 GB to download, 5 GB on disk; --no-peer leaves it out)"
  # Scripts of an environment name their interpreter, so it is made where it will stay; the file
  # made-of, written last, says that it is whole.
  rm -rf "$environment"
  if ! { mkdir -p "$home" && "$python" -m venv "$environment"; }; then
    why="$environment could not be made"
  elif ! "$environment/bin/python" -m pip install --quiet --no-cache-dir -r "$here/peer_requirements.txt"; then
    why="the peers' packages could not be installed; look at the network connection"
  elif ! "$environment/bin/python" -c 'import numpy, PIL, torch, torchvision'; then
    why="the peers' environment does not import"
  elif printf '%s\n' "$wanted" >"$environment/made-of"; then
    return 0
  else
    why="$environment/made-of could not be written"
  fi
  rm -rf "$environment"
  return 1
}

# draw_figure FILE...: one figure of all that was measured of trainings, or of these files. What a GPU
# did is drawn where the CPU did nothing: a figure shows one machine.
draw_figure() {
  for device in '' -cuda; do
    [ $# -eq 0 ] || break
    for suite in $trainings; do
      if [ -r "$home/bench/$suite$device.json" ]; then set -- "$@" "$home/bench/$suite$device.json"; fi
    done
  done
  [ $# -gt 0 ] || die "nothing was measured yet. Type: ./gradus bench epoch"
  mkdir -p "$home/bench"
  "$build/framework/bench/gradus-bench" --figure "$@" --out "$home/bench/figure.svg"
  say "$home/bench/figure.svg"
}

trainings='epoch sweep resnet resnet_sweep target'
suites=''
options=''
compares=no
peer=yes
micro=no
all=yes
while [ $# -gt 0 ]; do
  case $1 in
    -h | --help)
      usage
      exit 0
      ;;
    peer)
      make_peer || die "$why"
      say "the peers' environment is there: $environment"
      [ $# -gt 1 ] || exit 0
      ;;
    figure)
      shift
      draw_figure "$@"
      exit 0
      ;;
    micro) micro=yes all=no ;;
    start | sandbox | rebuild) suites="$suites $1" all=no ;;
    epoch | sweep | resnet | resnet_sweep | target) suites="$suites $1" all=no compares=yes ;;
    --no-peer) options="$options $1" peer=no ;;
    --rounds | --epochs)
      case ${2-} in
        '' | *[!0-9]*) die "$1 wants a number, found '${2-}'" ;;
      esac
      options="$options $1 $2"
      shift
      ;;
    --device)
      case ${2-} in
        cpu | cuda) ;;
        *) die "--device wants cpu or cuda, found '${2-}'" ;;
      esac
      options="$options $1 $2"
      shift
      ;;
    *) die "found '$1', wanted peer, figure, start, sandbox, rebuild, epoch, sweep, resnet, resnet_sweep, target, micro, --rounds N, --epochs N, --device cpu|cuda or --no-peer" ;;
  esac
  shift
done

for program in gradus-bench gradus-bench-micro; do
  [ -x "$build/framework/bench/$program" ] ||
    die "$build/framework/bench/$program is not built. Type: ./gradus bench"
done

if [ "$compares$peer" = yesyes ]; then
  make_peer || say "gradus bench: $why. Only our side is measured."
fi
mkdir -p "$home/bench"
if [ "$micro" = yes ] || [ "$all" = yes ]; then
  say "micro: the input pipeline and the frame codec"
  "$build/framework/bench/gradus-bench-micro" --benchmark_out="$home/bench/micro.json" \
    --benchmark_out_format=json
fi
if [ -n "$suites" ] || [ "$all" = yes ]; then
  # shellcheck disable=SC2086  # lists of words, checked above
  exec "$build/framework/bench/gradus-bench" --root "$root" $options $suites
fi
