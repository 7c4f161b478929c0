# shellcheck shell=sh
# The steps of a set-up, in order, each with the question whether its result is there. A step's
# result is recognised by a key over what the step depends on, so what is done is not done again,
# and a change reruns exactly the steps after it.
GL_STEPS=8

configure_key() {
  {
    printf '%s\n' "$GL_ROOT" "$GL_PREFIX" "$GL_TORCH" "$GL_CUDA" "$GL_ENVIRONMENT"
    "$GL_CXX" --version
    cmake --version
    cat "$GL_ROOT/framework/setup/steps/configure.sh"
  } 2>/dev/null | checksum
}

# current: the installed command is the one that this call wants, and as new as the sources.
current() { unchanged && [ "$gl_ready" = "$GL_PREFIX" ]; }

# ensure_machine: packages, LibTorch and what GPUs want, for all checkouts that share this home.
ensure_machine() {
  mkdir -p "$GL_HOME/locks" "$GL_HOME/logs" "$GL_HOME/downloads"
  take_lock "$GL_HOME/locks/launcher" "$GL_HOME"
  [ -z "${GL_GPU_ASKED-}" ] || stamp "$GL_HOME/gpu" "$GL_GPU_ASKED"
  if [ -n "$GL_PACKAGES" ]; then
    export GL_PACKAGES
    run_step 1 "Debian packages ($(printf '%s\n' "$GL_PACKAGES" | wc -w))" packages 3
    find_compiler
    find_pip
  fi
  export GL_PYTHON GL_TORCH_HOME GL_TORCH_KEY GL_CUDA_HOME GL_CUDA_KEY GL_GPU_KEY GL_DOWNLOADS
  if ! torch_ready; then
    GL_DOWNLOADS=$(downloads_of "$GL_TORCH_LIST")
    run_step 2 "LibTorch $GL_TORCH_VERSION (543 MB)" torch 3 "$GL_DOWNLOADS"
  fi
  if ! cuda_ready; then
    GL_DOWNLOADS=$(downloads_of "$GL_CUDA_LIST")
    run_step 3 "Compiler for GPUs (105 MB)" cuda 3 "$GL_DOWNLOADS"
  fi
  if ! gpu_ready; then
    GL_DOWNLOADS=$(downloads_of "$GL_GPU_LIST")
    run_step 4 "NVIDIA's libraries for the GPU (2.0 GB)" gpu 3 "$GL_DOWNLOADS"
  fi
  drop_lock
}

# ensure_built WHAT: configure, build (programs, bench or all) and install, for this build folder.
ensure_built() {
  mkdir -p "$GL_BUILD/launcher"
  take_lock "$GL_BUILD/launcher/lock" "$GL_BUILD"
  key=$(configure_key)
  if ! stamped "$GL_BUILD/launcher/configured" "$key" || [ ! -e "$GL_BUILD/build.ninja" ]; then
    rm -f "$GL_BUILD/launcher/ready"
    run_step 5 "Configure" configure 2
    stamp "$GL_BUILD/launcher/configured" "$key"
  fi
  if [ "$1" != programs ] || ! current; then
    # Dated before the build: what is edited while it runs is newer than the stamp.
    : >"$GL_BUILD/launcher/ready.new"
    GL_TARGETS=$1
    export GL_TARGETS
    case $1 in
      all) title="Build with all tests" ;;
      bench) title="Build with benchmarks" ;;
      *) title="Build" ;;
    esac
    run_step 6 "$title, $GL_JOBS at a time" build 2
    if ! current; then
      run_step 7 "Install to $GL_PREFIX" install 2
      printf '%s\n%s\n' "$GL_ENVIRONMENT" "$GL_PREFIX" >"$GL_BUILD/launcher/ready.text"
      touch -r "$GL_BUILD/launcher/ready.new" "$GL_BUILD/launcher/ready.text"
      mv -f "$GL_BUILD/launcher/ready.text" "$GL_BUILD/launcher/ready"
    fi
  fi
  drop_lock
}

ensure_data() {
  if data_ready; then return; fi
  take_lock "$GL_HOME/locks/launcher" "$GL_HOME"
  data_ready || run_step 8 "CIFAR-10 (170 MB)" data 3 "$GL_HOME/downloads"
  drop_lock
}

# set_up WHAT [DATA]: everything up to an installed, current command; `all` builds the tests too,
# `bench` what measures.
# DATA is `no` where the command is only to be built.
set_up() {
  GL_DATA=${2-yes}
  look_around
  survey
  insist
  watch_signals
  # Sandboxes run as other users: what lies in the home must be readable whatever the user's mask.
  gl_umask=$(umask)
  umask 022
  ensure_machine
  ensure_built "$1"
  ensure_data
  umask "$gl_umask"
  trap - HUP INT TERM
  export GRADUS_HOME="$GL_HOME"
}
