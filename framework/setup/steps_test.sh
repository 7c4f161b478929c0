#!/bin/sh
# The steps: done once, taken up after an interruption, never used when damaged.
set -u
. "$(dirname -- "$0")/testing.sh"
make_machine
make_checkout
torch=$scratch/home/torch/2.11.0-cpu

# wait_for CONDITION...: polls; the tests' only clock, and it gives up after ten seconds.
wait_for() {
  turns=0
  until "$@"; do
    turns=$((turns + 1))
    if [ $turns -gt 200 ]; then
      flunk "waited in vain for: $*"
      return
    fi
    sleep 0.05
  done
}
gone() { ! kill -0 "$1" 2>/dev/null; }

begin "a bare machine: every step once, in order"
FAKE_PACKAGES=none
launch setup
expect_status 0
for step in "[1/8] Debian packages" "[2/8] LibTorch 2.11.0" "[3/8] Compiler for GPUs" "[5/8] Configure" \
  "[6/8] Build" "[7/8] Install to" "[8/8] CIFAR-10"; do
  expect_says "$step"
done
expect_calls "apt-get .*install -y --no-install-recommends --no-remove clang-16" 1
expect_calls "cache-dir download .*--require-hashes" 2
expect_calls "ninja .* gradus gradus-supervisor gradus-worker .* gradus_gpu" 1
expect_calls "cmake configure .*-DGRADUS_CUDA_DIR=$scratch/home/cuda/13.0/nvidia/cu13 " 1
[ -e "$torch/.complete" ] || flunk "no LibTorch"
[ -e "$scratch/home/cuda/13.0/nvidia/cu13/bin/nvcc" ] || flunk "no compiler for GPUs"
[ ! -e "$torch/nvidia/cudnn" ] || flunk "a GPU's libraries without a GPU"

begin "what is done is not done again"
: >"$scratch/calls"
launch setup
expect_status 0
expect_calls . 0

begin "a built command is run at once: nothing is configured, built or asked"
launch lab list
expect_status 0
expect_says "command lab list"
expect_calls . 0

begin "an edited, a new and a removed source each lead to a build"
: >"$scratch/checkout/labs/new"
launch lab list
expect_calls "ninja" 1
expect_calls "configure" 0
launch lab list
expect_calls "ninja" 1
rm "$scratch/checkout/labs/new"
launch lab list
expect_calls "ninja" 2

begin "a file that is no longer installed leaves the prefix"
echo leftover >"$scratch/extra"
: >"$scratch/checkout/labs/a"
launch lab list
prefix=$(find "$scratch/home/prefix" -mindepth 1 -maxdepth 1)
[ -e "$prefix/bin/leftover" ] || flunk "it was never there"
rm "$scratch/extra" "$scratch/checkout/labs/a"
launch lab list
[ ! -e "$prefix/bin/leftover" ] || flunk "it stayed"
[ -e "$prefix/bin/gradus" ] || flunk "too much was taken away"

begin "another compiler configures afresh"
: >"$scratch/calls"
fake other++ </dev/null
FAKE_ENV=CXX=other++
launch lab list
expect_calls "cmake configure --fresh .*-DCMAKE_CXX_COMPILER=other++" 1
FAKE_ENV=''
launch lab list
expect_calls "cmake configure" 2

begin "a build that fails shows why, and a mended one goes on"
: >"$scratch/fail"
: >"$scratch/checkout/labs/b"
launch lab list
expect_status 2
expect_says "| error: made up"
expect_silent "command lab"
rm "$scratch/fail"
launch lab list
expect_status 0

begin "ctest gets the arguments and gives the exit code"
launch test -R sandbox
expect_status 8
expect_says "-R sandbox prefix=$prefix"
expect_calls "ninja .* all$" 1

begin "bench builds what measures, not the tests, and hands its words on"
mkdir -p "$scratch/checkout/build/framework/bench"
for program in gradus-bench gradus-bench-micro; do
  printf '#!/bin/sh\necho "%s $* prefix=$GRADUS_PREFIX"\n' "$program" >"$scratch/checkout/build/framework/bench/$program"
  chmod 755 "$scratch/checkout/build/framework/bench/$program"
done
: >"$scratch/calls"
launch bench start --rounds 3
expect_status 0
expect_calls "ninja .* gradus gradus-supervisor .* gradus-bench gradus-bench-micro$" 1
expect_says "--rounds 3 start prefix=$prefix"

begin "demo runs both labs and ends with the worse code"
FAKE_RUN=1
launch demo --out "$scratch/reports"
expect_status 1
expect_says "command run simplenn --profile demo --out $scratch/reports/simplenn"
expect_says "command run tuning --profile demo --out $scratch/reports/tuning"
FAKE_RUN=0
launch demo
expect_status 0

begin "a damaged download is thrown away and fetched again"
downloads=$scratch/home/downloads/torch-2.11.0-cpu
rm -rf "$torch"
echo damage >"$downloads/torch.whl"
: >"$scratch/calls"
launch setup
expect_status 0
expect_calls "cache-dir download " 1
cmp -s "$downloads/torch.whl" "$scratch/index/torch.whl" || flunk "the damaged wheel stayed"
grep -q "damaged or unknown, thrown away: $downloads/torch.whl" "$scratch/home/logs/torch.log" ||
  flunk "the log does not tell"
begin "whole downloads are used without the network"
rm -rf "$torch"
FAKE_NETWORK=down
: >"$scratch/calls"
launch setup
expect_status 0
expect_calls "cache-dir download " 0
FAKE_NETWORK=up
begin "an index that gives the wrong bytes is refused, and nothing is installed"
rm -rf "$torch" "$downloads"
echo hostile >"$scratch/index/torch.whl"
launch setup
expect_status 3
expect_says "the wheels could not be fetched"
[ ! -e "$torch" ] || flunk "it was installed"
echo "wheel of torch" >"$scratch/index/torch.whl"
launch setup
expect_status 0

begin "an interrupt ends the running step, and the next call goes on"
: >"$scratch/checkout/labs/c"
mkfifo "$scratch/gate"
on_machine setup >"$scratch/first" 2>&1 &
launcher=$!
wait_for test -e "$scratch/ninja.pid"
kill -TERM "$launcher"
status=0
wait "$launcher" || status=$?
out=$(cat "$scratch/first")
expect_status 143
expect_says "call it again and it goes on"
wait_for gone "$(cat "$scratch/ninja.pid")"
rm "$scratch/gate" "$scratch/ninja.pid"
: >"$scratch/calls"
launch setup
expect_status 0
expect_calls "ninja" 1
expect_calls "pip" 0

begin "kill -9 leaves the step to its end, and a second launcher waits for it"
: >"$scratch/checkout/labs/d"
mkfifo "$scratch/gate"
on_machine setup >/dev/null 2>&1 &
launcher=$!
wait_for test -e "$scratch/ninja.pid"
kill -KILL "$launcher"
wait "$launcher" 2>/dev/null
on_machine setup >"$scratch/second" 2>&1 &
second=$!
wait_for grep -q "another launcher is at work on $scratch/checkout/build" "$scratch/second"
on_machine setup >"$scratch/third" 2>&1 &
third=$!
wait_for grep -q "another launcher is at work" "$scratch/third"
kill -TERM "$third" # one that waits can be interrupted too
status=0
wait "$third" || status=$?
expect_status 143
gate=$scratch/gate
exec 8<>"$gate"
rm "$gate" # the second one's own build finds no gate
echo go >&8
exec 8>&-
status=0
wait "$second" || status=$?
out=$(cat "$scratch/second")
expect_status 0
expect_says "gradus: ready"

begin "a private umask does not make the installed tree private"
rm -rf "${scratch:?}/home" "$scratch/checkout/build"
umask 077
launch setup
umask 022
expect_status 0
[ -z "$(find "$scratch/home" ! -perm -o+r)" ] || flunk "private: $(find "$scratch/home" ! -perm -o+r)"
finish
