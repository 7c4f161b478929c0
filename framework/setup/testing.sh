# shellcheck shell=sh
# What the launcher's tests share: a scratch checkout, a made-up machine (the only commands on PATH
# are harmless real ones and fakes that write down how they were called), and expectations.
#
# The machine is steered by FAKE_* variables: FAKE_UID, FAKE_NETWORK (up, down),
# FAKE_PACKAGES (all, none), and by files in $scratch (see the fakes).

here=$(cd "$(dirname -- "$0")" && pwd -P)
scratch=$(mktemp -d)
chmod 755 "$scratch"
trap 'kill $(cat "$scratch/ninja.pid" 2>/dev/null) 2>/dev/null; rm -rf "$scratch"' EXIT
failures=0
FAKE_UID=0 FAKE_NETWORK=up FAKE_PACKAGES=all
export FAKE_UID FAKE_NETWORK FAKE_PACKAGES scratch

fake() {
  rm -f "$scratch/bin/$1"
  { echo '#!/bin/sh' && cat; } >"$scratch/bin/$1"
  chmod 755 "$scratch/bin/$1"
}

make_machine() {
  mkdir -p "$scratch/bin"
  for tool in awk basename cmp cat chmod cp cut date dirname du env find flock grep head kill ln ls mkdir mkfifo mv nproc \
    paste printf readlink rm sed setsid sh sha256sum sleep sort stat sync tail timeout touch tr uname wc; do
    ln -sf "$(command -v "$tool")" "$scratch/bin/$tool" 2>/dev/null || :
  done
  printf 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\nVERSION_ID="12"\n' >"$scratch/os-release"
  : >"$scratch/calls"

  fake id <<'END'
echo "$FAKE_UID"
END
  fake bash <<'END'
[ "$FAKE_NETWORK" = up ]
END
  fake df <<'END'
printf 'Filesystem 1M-blocks Used Available Capacity Mounted\n/dev/x 9 9 %s 9%% /\n' "${FAKE_FREE:-90000}"
END
  fake dpkg-query <<'END'
[ "$FAKE_PACKAGES" = all ] || [ -e "$scratch/installed" ] || exit 1
for package; do
  case $package in -*|'$'*|libboost1.74-dev) ;; *) echo "$package installed" ;; esac
done
END
  fake dpkg <<'END'
exit 0
END
  fake apt-get <<'END'
echo "apt-get $*" >>"$scratch/calls"
case "$*" in
  *--print-uris*) echo "'http://mirror.invalid/debian/dists/bookworm/InRelease' x 0" ;;
  *--simulate*) ;;
  *install*) : >"$scratch/installed" ;;
esac
END
  # pip: what the index holds lies in $scratch/index.
  fake python3 <<'END'
[ "$1 $2" = "-m pip" ] || exit 1
shift 2
case "$*" in
  --version) exit 0 ;;
  config*) echo https://index.invalid/simple; exit 0 ;;
esac
echo "pip $*" >>"$scratch/calls"
target='' verb='' list=''
while [ $# -gt 0 ]; do
  case $1 in
    download | install) verb=$1 ;;
    --dest | --target) target=$2; shift ;;
    -r) list=$2; shift ;;
  esac
  shift
done
for name in $(sed 's/==.*//' "$list"); do
  [ "$verb" = install ] || { cp "$scratch/index/$name.whl" "$target/"; continue; }
  case $name in
    torch) files='torch/lib/libtorch_cpu.so torch/lib/libc10.so' ;;
    runtime) files='nvidia/cu13/lib/libcudart.so.13 nvidia/cu13/include/cuda_runtime.h' ;;
    nvcc) files=nvidia/cu13/bin/nvcc ;;
    cudnn) files='nvidia/cudnn/lib/libcudnn.so.9 nvidia/cu13/lib/libcublas.so.13 nvidia/cu13/lib/libcudart.so.13' ;;
  esac
  for file in $files; do
    mkdir -p "$target/${file%/*}" && echo "$name" >"$target/$file"
  done
done
END
  fake clang++-16 <<'END'
echo "fake clang 16"
END
  # cmake: configures, and installs a command that tells how it was called.
  fake cmake <<'END'
case $1 in
  --version) echo fake; exit 0 ;;
  --install)
    echo "cmake --install" >>"$scratch/calls"
    mkdir -p "$GL_PREFIX/bin"
    : >"$GL_BUILD/install_manifest.txt"
    for name in gradus $(cat "$scratch/extra" 2>/dev/null); do
      cp "$scratch/command" "$GL_PREFIX/bin/$name"
      echo "$GL_PREFIX/bin/$name" >>"$GL_BUILD/install_manifest.txt"
    done
    ;;
  *)
    echo "cmake configure $*" >>"$scratch/calls"
    mkdir -p "$GL_BUILD" && : >"$GL_BUILD/build.ninja"
    ;;
esac
END
  # ninja: fails or stays on where a file says so; $scratch/gate is then a pipe to wait at.
  fake ninja <<'END'
echo "ninja $*" >>"$scratch/calls"
[ ! -e "$scratch/fail" ] || { echo "error: made up"; exit 1; }
if [ -p "$scratch/gate" ]; then echo $$ >"$scratch/ninja.pid"; read -r _ <"$scratch/gate"; fi
exit 0
END
  fake ctest <<'END'
echo "ctest $* prefix=$GRADUS_PREFIX"
exit 8
END
  cat >"$scratch/command" <<'END'
#!/bin/sh
echo "command $*"
case "$*" in
  "data get"*) mkdir -p "$GRADUS_HOME/data/cifar10" && : >"$GRADUS_HOME/data/cifar10/dataset.json" ;;
  "run tuning"*) exit "${FAKE_RUN:-0}" ;;
esac
END
  chmod 755 "$scratch/command"
}

# make_checkout: the launcher as it is, over a tree with next to nothing in it but what reads the words
# of 'bench'.
make_checkout() {
  rm -rf "$scratch/checkout" "${scratch:?}/home"
  mkdir -p "$scratch/checkout/framework/bench"
  cp "$here/../bench/run.sh" "$scratch/checkout/framework/bench/"
  (cd "$scratch/checkout" && mkdir plugins labs grader datasets reports && : >CMakeLists.txt)
  cp "$here/../../gradus" "$scratch/checkout/"
  cp -r "$here" "$scratch/checkout/framework/setup"
  mkdir -p "$scratch/index"
  for wheel in torch runtime nvcc cudnn; do echo "wheel of $wheel" >"$scratch/index/$wheel.whl"; done
  pin torch runtime >"$scratch/checkout/framework/setup/torch/2.11.0-cpu.txt"
  pin nvcc >"$scratch/checkout/framework/setup/torch/cuda-13.0.txt"
  pin cudnn >"$scratch/checkout/framework/setup/torch/2.11.0-gpu.txt"
}
pin() {
  for wheel; do
    echo "$wheel==1 --hash=sha256:$(sha256sum <"$scratch/index/$wheel.whl" | cut -c1-64)"
  done
}
# give_gpu, take_gpu: what NVIDIA's driver shows of a GPU.
give_gpu() {
  mkdir -p "$scratch/machine/proc/driver/nvidia/gpus/0000:01:00.0" "$scratch/machine/dev"
  : >"$scratch/machine/dev/nvidiactl"
}
take_gpu() { rm -rf "$scratch/machine"; }

# launch ARGUMENTS...: the launcher on the made-up machine. Fills $out (both streams) and $status.
launch() {
  status=0
  out=$(on_machine "$@" 2>&1) || status=$?
}
on_machine() {
  exec env -i PATH="$scratch/bin" HOME="${FAKE_HOME-$scratch}" GRADUS_HOME="${FAKE_GRADUS_HOME-$scratch/home}" \
    GRADUS_OS_RELEASE="$scratch/os-release" GRADUS_MACHINE_ROOT="$scratch/machine" GRADUS_PYTHON=python3 scratch="$scratch" FAKE_UID="$FAKE_UID" \
    FAKE_NETWORK="$FAKE_NETWORK" FAKE_PACKAGES="$FAKE_PACKAGES" FAKE_RUN="${FAKE_RUN-0}" \
    FAKE_FREE="${FAKE_FREE-90000}" ${FAKE_ENV:+"$FAKE_ENV"} "$scratch/checkout/gradus" "$@"
}

# make_torch FOLDER VERSION: what looks like a LibTorch.
make_torch() {
  mkdir -p "$1/lib" "$1/include/torch/headeronly"
  : >"$1/lib/libtorch_cpu.so"
  : >"$1/lib/libc10.so"
  IFS=. read -r major minor patch <<END
$2
END
  printf '#define TORCH_VERSION_MAJOR %s\n#define TORCH_VERSION_MINOR %s\n#define TORCH_VERSION_PATCH %s\n' \
    "$major" "$minor" "$patch" >"$1/include/torch/headeronly/version.h"
}

begin() { current=$1; }
flunk() {
  failures=$((failures + 1))
  printf 'FAILED: %s: %s\n  status %s, output:\n%s\n' "$current" "$1" "$status" "$out"
}
expect_status() { [ "$status" -eq "$1" ] || flunk "wanted status $1"; }
expect_says() { case $out in *"$1"*) ;; *) flunk "wanted to read: $1" ;; esac; }
expect_silent() { case $out in *"$1"*) flunk "did not want to read: $1" ;; esac; }
expect_calls() {
  [ "$(grep -c -- "$1" "$scratch/calls")" -eq "$2" ] || flunk "wanted $2 calls of: $1; $(cat "$scratch/calls")"
}
# The state of checkout and home, to see that nothing was changed.
picture() { (cd "$scratch" && find checkout home -printf '%p %s %T@ %m\n' 2>/dev/null | sort); }

finish() {
  if [ "$failures" -ne 0 ]; then
    echo "$failures expectations failed"
    exit 1
  fi
  echo "all expectations met"
}
