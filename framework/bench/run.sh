#!/bin/sh
# Measures this copy of Gradus:
#   bench [peer] [SUITE...] [--rounds N] [--epochs N] [--device cpu|cuda] [--no-peer]
# or draws what was measured: bench figure [FILE.json...] (default: all training suites there)
#
# './gradus bench' builds what it needs and calls it. Suites: start, sandbox, rebuild, epoch, micro;
# sweep, resnet, resnet_sweep and target take long and run by name only. A training suite that is named
# first makes the environment of its peers where it is missing (Python with PyTorch and all that it
# requires: 2.6 GB to download, 5 GB on disk) in GRADUS_HOME/bench-env; 'peer' makes it alone, and with
# --no-peer only our side is measured. Figures go to the terminal and to GRADUS_HOME/bench/SUITE.json
# (of a GPU, SUITE-cuda.json); a drawing of the trainings beside their peers to SUITE.svg, of all of
# them ('figure') to figure.svg.
#
# Theory of operation. The whole line is read before anything is built, fetched or measured, since each
# of these takes long. 'run.sh --needs ...' stops there, for the launcher: it says what is wrong with the
# line, or prints what this line needs built ("programs" or "nothing").
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
root=$(dirname -- "$(dirname -- "$here")")
build=${GRADUS_BUILD:-$root/build}
if [ -n "${GRADUS_HOME-}" ]; then
  home=$GRADUS_HOME
elif [ "$(id -u)" = 0 ]; then
  home=/var/lib/gradus
else
  home=${HOME:-/nonexistent}/.cache/gradus
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

# find_measured FILE...: whether there is anything to draw.
find_measured() {
  for file; do
    [ -r "$file" ] && [ -f "$file" ] || die "figure: found no file '$file', wanted a FILE.json of a suite"
  done
  [ $# -eq 0 ] || return 0
  for suite in $trainings; do
    for device in '' -cuda; do
      [ ! -r "$home/bench/$suite$device.json" ] || return 0
    done
  done
  die "found no training suite in $home/bench, wanted one that was measured. Type: ./gradus bench epoch"
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
  mkdir -p "$home/bench"
  "$build/framework/bench/gradus-bench" --figure "$@" --out "$home/bench/figure.svg"
  say "$home/bench/figure.svg"
}

trainings='epoch sweep resnet resnet_sweep target'
wanted_words='peer, figure, start, sandbox, rebuild, epoch, sweep, resnet, resnet_sweep, target, micro, --rounds N, --epochs N, --device cpu|cuda or --no-peer'
suites=''
options=''
compares=no
peer=yes
peer_named=no
micro=no
all=yes
ask=measure
needs=no
if [ "${1-}" = --needs ]; then
  needs=yes
  shift
fi

# want_number OPTION LARGEST VALUE: as gradus-bench takes it, for which 010 is eight.
want_number() {
  case $3 in
    '' | 0* | *[!0-9]* | ?????*) ;;
    *) [ "$3" -gt "$2" ] || return 0 ;;
  esac
  die "$1: found '$3', wanted a whole number from 1 to $2"
}

while [ $# -gt 0 ]; do
  case $1 in
    -h | --help)
      ask=help
      break
      ;;
    figure)
      [ "$peer_named$all$options" = noyes ] ||
        die "found 'figure' behind other words, wanted it alone or before its FILE.json..."
      ask=figure
      shift
      break
      ;;
    peer) peer_named=yes ;;
    micro) micro=yes all=no ;;
    start | sandbox | rebuild) suites="$suites $1" all=no ;;
    epoch | sweep | resnet | resnet_sweep | target) suites="$suites $1" all=no compares=yes ;;
    --no-peer) options="$options $1" peer=no ;;
    --rounds | --epochs | --device)
      [ $# -ge 2 ] || die "found nothing behind $1, wanted its value"
      case $1 in
        --rounds) want_number "$1" 1000 "$2" ;;
        --epochs) want_number "$1" 200 "$2" ;;
        *) case $2 in cpu | cuda) ;; *) die "--device: found '$2', wanted cpu or cuda" ;; esac ;;
      esac
      options="$options $1 $2"
      shift
      ;;
    *) die "found '$1', wanted $wanted_words" ;;
  esac
  shift
done

if [ "$ask" = figure ]; then
  find_measured "$@"
elif [ "$ask" = measure ] && [ "$peer_named" = yes ]; then
  [ "$peer" = yes ] || die "found both 'peer' and --no-peer, wanted one of them"
  if [ "$all" = yes ]; then
    ask=peer
    [ -z "$options" ] ||
      die "found 'peer' with$options and no suite, wanted 'peer' alone or a suite to measure"
  fi
fi
if [ "$needs" = yes ]; then
  case $ask in
    help | peer) echo nothing ;;
    *) echo programs ;;
  esac
  exit 0
fi

case $ask in
  help)
    usage
    exit 0
    ;;
  figure)
    draw_figure "$@"
    exit 0
    ;;
esac
if [ "$peer_named" = yes ]; then
  make_peer || die "$why"
  say "the peers' environment is there: $environment"
  [ "$ask" != peer ] || exit 0
fi

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
