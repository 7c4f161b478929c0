# shellcheck shell=sh
# Where things are and what the user chose: home, build folder, prefix, compiler, LibTorch. Only
# looks; changes nothing. Sets GL_* names and GL_WRONG, a list of choices that cannot be used.

GL_TORCH_VERSION=2.11.0
GL_TORCH_VARIANT=cpu                 # a GPU's wheels are added to it: one build serves both
GL_TORCH_RANGE=2.11                  # what is tested; a LibTorch of one's own must lie in it
GL_TORCH_LIST=$GL_ROOT/framework/setup/torch/$GL_TORCH_VERSION-$GL_TORCH_VARIANT.txt
GL_CUDA_VERSION=13.0                 # what LibTorch's wheel was made with
GL_CUDA_LIST=$GL_ROOT/framework/setup/torch/cuda-$GL_CUDA_VERSION.txt
GL_GPU_LIST=$GL_ROOT/framework/setup/torch/$GL_TORCH_VERSION-gpu.txt
GL_WRONG=''

wrong() { GL_WRONG="$GL_WRONG$1
"; }

# find_home: the same rule as framework/core/paths.hpp.
find_home() {
  GL_UID=$(id -u)
  if [ -n "${GRADUS_HOME-}" ]; then
    GL_HOME=$GRADUS_HOME
  elif [ "$GL_UID" = 0 ]; then
    GL_HOME=/var/lib/gradus
  elif [ -n "${HOME-}" ]; then
    GL_HOME=$HOME/.cache/gradus
  else
    GL_HOME=/nonexistent
    wrong "HOME is not set, so there is no place for data: export GRADUS_HOME=FOLDER"
  fi
  case $GL_HOME in /*) ;; *) GL_HOME=$PWD/$GL_HOME ;; esac
  # One prefix a checkout and build folder: two checkouts never overwrite each other.
  GL_KEY=$(basename -- "$GL_ROOT")-$(printf '%s\n%s\n' "$GL_ROOT" "$GL_BUILD" | checksum)
  GL_PREFIX=$GL_HOME/prefix/$GL_KEY
}

# existing_parent FOLDER: the nearest folder above it (or itself) that exists.
existing_parent() {
  folder=$1
  while [ ! -d "$folder" ]; do folder=$(dirname -- "$folder"); done
  printf '%s\n' "$folder"
}

# closed_parent FOLDER: prints the first folder on the way to it that others may not enter. As root
# every sandbox runs as a uid of its own, which cannot mount what lies below a closed folder.
closed_parent() {
  folder=$(existing_parent "$1")
  while :; do
    case $(stat -Lc %a -- "$folder") in
      *[1357]) ;;
      *)
        printf '%s\n' "$folder"
        return
        ;;
    esac
    [ "$folder" != / ] || return 0
    folder=$(dirname -- "$folder")
  done
}

check_home() {
  if [ "$GL_UID" = 0 ]; then
    closed=$(closed_parent "$GL_HOME")
    if [ -n "$closed" ]; then
      wrong "GRADUS_HOME=$GL_HOME: as root every folder above it must be open to other users, because sandboxes run as other users; $closed (mode $(stat -Lc %a -- "$closed")) is not. Type: chmod o+x '$closed', or choose another GRADUS_HOME"
    fi
  fi
  for folder in "$GL_HOME" "$GL_BUILD"; do
    parent=$(existing_parent "$folder")
    [ -w "$parent" ] || wrong "$folder: cannot be written ($parent belongs to $(stat -Lc %U -- "$parent")). Choose another: export GRADUS_$([ "$folder" = "$GL_HOME" ] && echo HOME || echo BUILD)=FOLDER"
  done
}

# find_compiler: CXX and CC win; clang++ builds plugins several times faster than g++.
find_compiler() {
  GL_CXX=${CXX-}
  if [ -n "$GL_CXX" ]; then
    command -v "$GL_CXX" >/dev/null || wrong "CXX=$GL_CXX: there is no such command. Type: unset CXX"
    return
  fi
  for candidate in clang++-16 clang++ g++; do
    if command -v "$candidate" >/dev/null; then
      GL_CXX=$candidate
      return
    fi
  done
  GL_CXX=clang++-16 # to come: the survey lists its package
}

# torch_version FOLDER: prints the version of the LibTorch in FOLDER (include/, lib/), or nothing.
torch_version() {
  [ -e "$1/lib/libtorch_cpu.so" ] && [ -e "$1/lib/libc10.so" ] || return 0
  for header in torch/headeronly/version.h torch/csrc/api/include/torch/version.h; do
    [ -r "$1/include/$header" ] || continue
    sed -n 's/^#define TORCH_VERSION_\(MAJOR\|MINOR\|PATCH\) \([0-9]*\).*/\2/p' \
      "$1/include/$header" | paste -sd.
    return 0
  done
}

# torch_folder PLACE: the folder with include/ and lib/ for what people call "the torch folder":
# itself, a site-packages, an environment's root, or .../share/cmake from torch.utils.
torch_folder() {
  for candidate in "$1" "$1/torch" "$1/libtorch" "$1/../.." "$1"/lib/python3*/site-packages/torch; do
    if [ -e "$candidate/lib/libtorch_cpu.so" ]; then
      (cd "$candidate" && pwd -P)
      return
    fi
  done
}

# list_key LIST: changes with every pinned hash in it.
list_key() { sed -n 's/.*--hash=sha256://p' "$1" | checksum; }

in_range() { case $1 in "$GL_TORCH_RANGE" | "$GL_TORCH_RANGE".*) ;; *) return 1 ;; esac; }

# find_torch: GRADUS_TORCH must be right; one found by chance (CMAKE_PREFIX_PATH, an active Python
# environment) is taken only where its version is tested; else the pinned wheel.
# GL_TORCH_OWN is empty for the pinned one.
find_torch() {
  GL_TORCH_OWN=''
  GL_TORCH_NOTE=''
  if [ -n "${GRADUS_TORCH-}" ]; then
    GL_TORCH=$(torch_folder "$GRADUS_TORCH")
    GL_TORCH_OWN=GRADUS_TORCH
    if [ -z "$GL_TORCH" ]; then
      wrong "GRADUS_TORCH=$GRADUS_TORCH: no LibTorch there (wanted: lib/libtorch_cpu.so and include/ in it, or in its folder torch/). Give another folder, or type: unset GRADUS_TORCH"
      return
    fi
    found=$(torch_version "$GL_TORCH")
    if ! in_range "$found"; then
      wrong "GRADUS_TORCH=$GRADUS_TORCH: found LibTorch '${found:-without a version}', wanted $GL_TORCH_RANGE.x. Give another folder, or type: unset GRADUS_TORCH"
      return
    fi
    check_torch_open
    return
  fi
  rest=${CMAKE_PREFIX_PATH-}:${VIRTUAL_ENV-}:${CONDA_PREFIX-}
  while [ -n "$rest" ]; do
    place=${rest%%:*}
    case $rest in *:*) rest=${rest#*:} ;; *) rest='' ;; esac
    [ -n "$place" ] || continue
    GL_TORCH=$(torch_folder "$place")
    [ -n "$GL_TORCH" ] || continue
    found=$(torch_version "$GL_TORCH")
    if in_range "$found" && [ -z "$([ "$GL_UID" != 0 ] || closed_parent "$GL_TORCH")" ]; then
      GL_TORCH_OWN=$place
      GL_TORCH_NOTE="LibTorch $found is taken from $GL_TORCH"
      return
    fi
    GL_TORCH_NOTE="LibTorch '$found' in $GL_TORCH is left alone (wanted $GL_TORCH_RANGE.x, open to every user); the pinned $GL_TORCH_VERSION is used"
  done
  GL_TORCH_KEY=$(list_key "$GL_TORCH_LIST")
  GL_TORCH_HOME=$GL_HOME/torch/$GL_TORCH_VERSION-$GL_TORCH_VARIANT
  GL_TORCH=$GL_TORCH_HOME/torch
}

check_torch_open() {
  [ "$GL_UID" = 0 ] || return 0
  closed=$(closed_parent "$GL_TORCH")
  [ -z "$closed" ] || wrong "GRADUS_TORCH=$GRADUS_TORCH: as root every folder above it must be open to other users, because sandboxes run as other users; $closed is not. Type: chmod o+x '$closed'"
}

# find_cuda: the compiler for GPUs is used by every set-up, also where no GPU is, so that what is
# built is the same everywhere. GL_CUDA is empty where LibTorch has no GPU part to build against.
find_cuda() {
  GL_CUDA_HOME=$GL_HOME/cuda/$GL_CUDA_VERSION
  GL_CUDA_KEY=$(list_key "$GL_CUDA_LIST")
  GL_CUDA=$GL_CUDA_HOME/nvidia/cu13
  [ "$(uname -m)" = x86_64 ] || GL_CUDA=''
  if [ -n "$GL_TORCH_OWN" ] && [ ! -e "$GL_TORCH/lib/libtorch_cuda.so" ]; then GL_CUDA=''; fi
}

# gpu_answers: NVIDIA's driver names a GPU. GRADUS_MACHINE_ROOT is for tests.
gpu_answers() {
  for gpu in "${GRADUS_MACHINE_ROOT-}"/proc/driver/nvidia/gpus/*/; do
    [ ! -d "$gpu" ] || [ ! -e "${GRADUS_MACHINE_ROOT-}/dev/nvidiactl" ] || return 0
  done
  command -v nvidia-smi >/dev/null && nvidia-smi -L 2>/dev/null | grep -q '^GPU '
}

# find_gpu: whether NVIDIA's run-time libraries are wanted (2 GB): what `setup` was last told
# (GL_GPU_ASKED now, or a file of the home), else where a GPU answers.
find_gpu() {
  GL_GPU_KEY=$(list_key "$GL_GPU_LIST")
  choice=${GL_GPU_ASKED-}
  if [ -z "$choice" ] && [ -r "$GL_HOME/gpu" ]; then choice=$(cat "$GL_HOME/gpu"); fi
  case $choice in
    yes | no) GL_GPU=$choice ;;
    *) if gpu_answers; then GL_GPU=yes; else GL_GPU=no; fi ;;
  esac
  if [ "$GL_GPU" = yes ] && [ -n "$GL_TORCH_OWN" ]; then
    GL_GPU=no
    [ "${GL_GPU_ASKED-}" != yes ] || wrong "--gpu: the LibTorch in $GL_TORCH is your own ($GL_TORCH_OWN); what it needs for a GPU is to be installed with it. Or type: unset $GL_TORCH_OWN"
  fi
}

# find_pip: the Python whose pip fetches the wheel. It only fetches and unpacks (the wheel's own
# tags are given), so any Python 3 does; Debian's comes first because it is the one installed here.
find_pip() {
  for candidate in "${GRADUS_PYTHON:-/usr/bin/python3}" python3; do
    if "$candidate" -m pip --version >/dev/null 2>&1; then
      GL_PYTHON=$candidate
      return
    fi
  done
  GL_PYTHON=''
}

# jobs: one a core, but never more than the free memory carries (LibTorch's headers want 1.5 GB).
count_jobs() {
  GL_JOBS=$(nproc)
  free_kib=$(sed -n 's/^MemAvailable: *\([0-9]*\).*/\1/p' /proc/meminfo)
  carried=$((${free_kib:-1500000} / 1500000))
  [ "$carried" -ge 1 ] || carried=1
  [ "$GL_JOBS" -le "$carried" ] || GL_JOBS=$carried
}

look_around() {
  find_home
  find_compiler
  find_torch
  find_cuda
  find_gpu
  check_home
  count_jobs
  export GL_ROOT GL_BUILD GL_HOME GL_PREFIX GL_CXX GL_TORCH GL_TORCH_LIST GL_CUDA GL_CUDA_LIST GL_GPU_LIST GL_JOBS
}
