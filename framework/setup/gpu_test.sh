#!/bin/sh
# What a GPU adds to a set-up: the libraries of NVIDIA's beside LibTorch, where one answers or where
# they are asked for, without touching what lies there.
set -u
. "$(dirname -- "$0")/testing.sh"
make_machine
make_checkout
torch=$scratch/home/torch/2.11.0-cpu
launch setup
expect_status 0

begin "no GPU: nothing of NVIDIA's libraries is fetched, and the compiler is there all the same"
expect_silent "NVIDIA's libraries"
[ ! -e "$torch/.gpu-complete" ] || flunk "they are there"
[ -e "$scratch/home/cuda/13.0/.complete" ] || flunk "no compiler"

begin "a GPU that answers brings its libraries, and what was there stays as it was"
give_gpu
before=$(stat -c '%i %y' "$torch/nvidia/cu13/lib/libcudart.so.13" "$torch/nvidia/cu13/include/cuda_runtime.h")
launch setup --check
expect_says "fetch and install NVIDIA's libraries for the GPU"
: >"$scratch/calls"
launch setup
expect_status 0
expect_says "[4/8] NVIDIA's libraries for the GPU"
expect_calls "cache-dir download" 1
expect_calls "cmake configure" 0 # one build serves both
[ -e "$torch/nvidia/cudnn/lib/libcudnn.so.9" ] || flunk "no cuDNN"
[ -e "$torch/nvidia/cu13/lib/libcublas.so.13" ] || flunk "no cuBLAS"
after=$(stat -c '%i %y' "$torch/nvidia/cu13/lib/libcudart.so.13" "$torch/nvidia/cu13/include/cuda_runtime.h")
[ "$before" = "$after" ] || flunk "something that was there was replaced"
[ ! -e "$torch/.gpu.partial" ] || flunk "the folder aside stayed"
[ ! -e "$scratch/home/downloads/torch-2.11.0-gpu" ] || flunk "the archives stayed"

begin "done once"
: >"$scratch/calls"
launch setup
expect_status 0
expect_calls pip 0

begin "--no-gpu leaves them out, and is remembered"
rm -rf "$torch" "$scratch/home/downloads"
launch setup --no-gpu
expect_status 0
expect_silent "NVIDIA's libraries"
: >"$scratch/checkout/labs/x"
launch lab list
launch setup
expect_status 0
expect_silent "NVIDIA's libraries"
[ ! -e "$torch/nvidia/cudnn" ] || flunk "they are there"

begin "--gpu brings them without a GPU, also after --no-gpu"
take_gpu
launch setup --gpu
expect_status 0
[ -e "$torch/.gpu-complete" ] || flunk "they are missing"
launch setup --check
expect_says "nothing is missing"

begin "damaged archives of the GPU's libraries are refused, and a later call goes on"
rm -rf "$torch"
echo hostile >"$scratch/index/cudnn.whl"
launch setup
expect_status 3
expect_says "the wheels could not be fetched"
[ ! -e "$torch/.gpu-complete" ] || flunk "said to be complete"
echo "wheel of cudnn" >"$scratch/index/cudnn.whl"
launch setup
expect_status 0
[ -e "$torch/.gpu-complete" ] || flunk "they are missing"

begin "a changed list of pinned hashes adds the libraries again"
echo "newer" >"$scratch/index/cudnn.whl"
pin cudnn >"$scratch/checkout/framework/setup/torch/2.11.0-gpu.txt"
launch setup
expect_status 0
expect_says "[4/8] NVIDIA's libraries"

begin "a LibTorch of one's own is left to its owner"
make_torch "$scratch/own/torch" 2.11.3
FAKE_ENV=GRADUS_TORCH=$scratch/own
launch setup --gpu
expect_status 2
expect_says "is your own (GRADUS_TORCH)"
rm "$scratch/home/gpu"
launch setup
expect_status 0
expect_calls "cmake configure .*-DGRADUS_CUDA_DIR= " 1 # one for CPUs: nothing to build against
: >"$scratch/own/torch/lib/libtorch_cuda.so"
launch setup
expect_status 0
FAKE_ENV=''

begin "nvidia-smi's word is enough where /proc shows nothing"
rm -rf "$torch"
fake nvidia-smi <<'END'
[ "$1" = -L ] && echo "GPU 0: NVIDIA H200 (UUID: GPU-1)"
END
launch setup --check
expect_says "NVIDIA's libraries for the GPU"
fake nvidia-smi <<'END'
echo "No devices were found"
exit 6
END
launch setup --check
expect_silent "NVIDIA's libraries"

begin "misspelt choices"
launch setup --gpus
expect_status 2
expect_says "setup takes no argument '--gpus'"
finish
