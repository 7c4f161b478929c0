# shellcheck shell=sh
# The launcher's own verbs.

# go ARGUMENTS...: runs the installed command.
go() { "$GL_PREFIX/bin/gradus" "$@"; }

usage() {
  cat <<END
Usage: ./gradus VERB [ARGUMENTS]

The launcher's own verbs:
  setup            install and build what is missing, get CIFAR-10; again: seconds
  setup --check    only say what is missing; changes nothing
  setup --gpu      with NVIDIA's libraries for a GPU (2.0 GB), also where none answers now;
  setup --no-gpu   without them, also where one answers (the last choice is remembered)
  demo [--out DIR] set up, then run the labs simplenn and tuning in their demo profiles
  test [CTEST...]  set up, build every test and run them; arguments go to ctest (-R sandbox)
  bench [ARGS...]  set up, build what measures, and measure; bench --help says what
  help             this text, and the command's
Anything else goes to the built command: ./gradus lab list

Environment:
  GRADUS_HOME      LibTorch, data, evidence (root: /var/lib/gradus, else ~/.cache/gradus)
  GRADUS_BUILD     build folder (default: build/ in the checkout)
  GRADUS_TORCH     folder of a LibTorch $GL_TORCH_RANGE.x to use instead of the pinned $GL_TORCH_VERSION
  CC, CXX          compiler (default: clang++-16, clang++, g++, the first that is there)
END
}

verb_help() {
  usage
  if unchanged; then
    printf '\nThe command:\n\n'
    exec "$gl_ready/bin/gradus" --help
  fi
}

no_arguments() {
  verb_name=$1
  shift
  [ $# -eq 0 ] || die 2 "$verb_name takes no argument '$1'; ./gradus help lists what there is"
}

verb_setup() {
  checking=no
  while [ $# -gt 0 ]; do
    case $1 in
      --check) checking=yes ;;
      --gpu) GL_GPU_ASKED=yes ;;
      --no-gpu) GL_GPU_ASKED=no ;;
      *) no_arguments setup "$@" ;;
    esac
    shift
  done
  if [ "$checking" = yes ]; then
    GL_DATA=yes
    look_around
    survey
    insist
    [ -n "$GL_TODO" ] || say "gradus: nothing is missing"
    return
  fi
  began=$(now)
  set_up programs
  say "gradus: ready after $(($(now) - began)) s; LibTorch in $GL_TORCH, the command in $GL_PREFIX/bin"
}

verb_demo() {
  out=$GL_BUILD/demo
  if [ "${1-}" = --out ]; then
    [ $# -ge 2 ] || die 2 "demo --out wants a folder"
    out=$2
    shift 2
  fi
  no_arguments demo "$@"
  began=$(now)
  set_up programs
  worst=0
  for lab in simplenn tuning; do
    say "gradus: lab $lab, profile demo, with the reference plugins"
    status=0
    go run "$lab" --profile demo --out "$out/$lab" || status=$?
    [ "$status" -le "$worst" ] || worst=$status
  done
  say "gradus: demo ended after $(($(now) - began)) s; the reports:"
  for lab in simplenn tuning; do
    for report in report.html report.pdf; do
      if [ -e "$out/$lab/$report" ]; then say "  $out/$lab/$report"; fi
    done
  done
  exit "$worst"
}

verb_test() {
  set_up all
  export GRADUS_PREFIX="$GL_PREFIX"
  cd "$GL_BUILD" || exit 3
  exec ctest --output-on-failure --parallel "$GL_JOBS" "$@"
}

verb_bench() {
  script=$GL_ROOT/framework/bench/run.sh
  [ -x "$script" ] || die 2 "framework/bench has no run.sh in this checkout"
  # It reads its words before hours may go into building: a slip is told at once.
  needs=$("$script" --needs "$@") || exit $?
  if [ "$needs" = programs ]; then
    set_up bench
    export GRADUS_PREFIX="$GL_PREFIX"
  fi
  export GRADUS_BUILD="$GL_BUILD"
  exec "$script" "$@"
}

verb_command() {
  set_up programs no
  exec "$GL_PREFIX/bin/gradus" "$@"
}
