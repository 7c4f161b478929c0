#!/bin/sh
# The look before anything is changed: every obstacle in one list, with what to type.
set -u
. "$(dirname -- "$0")/testing.sh"
make_machine
make_checkout

begin "a machine with everything but the downloads says what it will do"
launch setup --check
expect_status 0
expect_says "fetch and install LibTorch 2.11.0 (543 MB"
expect_says "fetch and install the compiler for GPUs (105 MB"
expect_says "get and verify CIFAR-10"

begin "a plain user with missing packages is told all of them, and nothing is changed"
FAKE_UID=1000 FAKE_PACKAGES=none
before=$(picture)
all=$(grep -c "^[a-z]" "$here/lists/packages.list")
for verb in setup demo test bench "lab list"; do
  # shellcheck disable=SC2086  # a verb and its argument
  launch $verb
  expect_status 3
  expect_says "nothing has been changed"
  expect_says "root: only root can install $all packages: clang-16 "
  expect_says "su -c 'apt-get update && apt-get install -y --no-install-recommends clang-16 "
  [ "$(picture)" = "$before" ] || flunk "something was changed"
done
expect_calls "apt-get.* install" 0
fake sudo </dev/null
launch setup
expect_says "sudo apt-get update && sudo apt-get install -y"
rm "$scratch/bin/sudo"

begin "without network every place that does not answer is in one list"
FAKE_UID=0 FAKE_NETWORK=down
launch demo
expect_status 3
expect_says "Debian's mirror http://mirror.invalid/debian does not answer"
expect_says "Python's package index https://index.invalid does not answer"
expect_says "CIFAR-10 comes from one of them"
[ "$(picture)" = "$before" ] || flunk "something was changed"
begin "a command that needs no data does not ask for it"
launch lab list
expect_status 3
expect_silent "CIFAR"

begin "another distribution is told the packages, and nothing is installed"
FAKE_NETWORK=up FAKE_PACKAGES=all
printf 'PRETTY_NAME="Ubuntu 24.04"\nID=ubuntu\nVERSION_ID="24.04"\n' >"$scratch/os-release"
launch setup
expect_status 3
expect_says "this machine (Ubuntu 24.04) is not ready"
expect_says "command bwrap (Debian's package bubblewrap)"
expect_says "sudo apt-get update && sudo apt-get install -y --no-install-recommends"
expect_calls "apt-get.* install" 0
printf 'PRETTY_NAME="Fedora Linux 40"\nID=fedora\nVERSION_ID=40\n' >"$scratch/os-release"
mv "$scratch/bin/apt-get" "$scratch/apt-get"
launch setup
expect_status 3
expect_says "this system's package manager (Debian's names:"
mv "$scratch/apt-get" "$scratch/bin/apt-get"
begin "another release of Debian is another distribution"
printf 'PRETTY_NAME="Debian 13"\nID=debian\nVERSION_ID="13"\n' >"$scratch/os-release"
launch setup
expect_status 3
expect_says "are installed by themselves on Debian 12 only"
printf 'PRETTY_NAME="Debian 12"\nID=debian\nVERSION_ID="12"\n' >"$scratch/os-release"

begin "GRADUS_TORCH must hold a LibTorch of a tested version"
FAKE_ENV=GRADUS_TORCH=$scratch/nothing
launch setup
expect_status 2
expect_says "GRADUS_TORCH=$scratch/nothing: no LibTorch there (wanted: lib/libtorch_cpu.so"
make_torch "$scratch/old/torch" 2.5.1
FAKE_ENV=GRADUS_TORCH=$scratch/old
launch setup
expect_status 2
expect_says "found LibTorch '2.5.1', wanted 2.11.x"
make_torch "$scratch/near" 2.110.0
FAKE_ENV=GRADUS_TORCH=$scratch/near
launch setup
expect_status 2
make_torch "$scratch/own/torch" 2.11.3
FAKE_ENV=GRADUS_TORCH=$scratch/own
launch setup --check
expect_status 0
expect_silent "fetch and install LibTorch"
chmod 700 "$scratch/own"
launch setup --check
expect_status 2
expect_says "chmod o+x '$scratch/own'"
chmod 755 "$scratch/own"

begin "a LibTorch found by chance is taken where its version is tested, else left alone"
FAKE_ENV=VIRTUAL_ENV=$scratch/venv
make_torch "$scratch/venv/lib/python3.11/site-packages/torch" 2.5.1
launch setup --check
expect_status 0
expect_says "is left alone (wanted 2.11.x"
expect_says "fetch and install LibTorch 2.11.0"
make_torch "$scratch/venv/lib/python3.11/site-packages/torch" 2.11.1
launch setup --check
expect_says "LibTorch 2.11.1 is taken from $scratch/venv"
FAKE_ENV=CMAKE_PREFIX_PATH=/nowhere:$scratch/own/torch/share/cmake
mkdir -p "$scratch/own/torch/share/cmake"
launch setup --check
expect_says "LibTorch 2.11.3 is taken from $scratch/own/torch"
FAKE_ENV=''

begin "as root a home below a closed folder is refused with the folder's name"
mkdir -m 700 "$scratch/closed"
FAKE_GRADUS_HOME=$scratch/closed/home
launch setup
expect_status 2
expect_says "Type: chmod o+x '$scratch/closed'"
FAKE_UID=1000
launch setup --check
expect_silent "chmod"
FAKE_UID=0
unset FAKE_GRADUS_HOME

begin "too little room is told before it runs out"
FAKE_FREE=100
launch setup
expect_status 3
expect_says "disk: 100 MB free for $scratch/home, wanted 4000 MB"
FAKE_FREE=90000

begin "a compiler that is not there is the caller's mistake"
FAKE_ENV=CXX=no-such-compiler
launch setup
expect_status 2
expect_says "CXX=no-such-compiler: there is no such command"
FAKE_ENV=''

begin "misspelt arguments of the launcher's own verbs"
launch setup --chekc
expect_status 2
expect_says "setup takes no argument '--chekc'"
launch demo --out
expect_status 2
expect_says "demo --out wants a folder"

begin "bench reads its words before it looks at the machine"
: >"$scratch/calls"
before=$(picture)
FAKE_PACKAGES=none FAKE_UID=1000
for words in "nonsense --rounds 0" "epoch --rounds 0" "peer --no-peer"; do
  # shellcheck disable=SC2086  # words
  launch bench $words
  expect_status 2
  expect_says "gradus bench: "
  expect_says "wanted"
done
launch bench --help
expect_status 0
expect_says "bench [peer] [SUITE...]"
expect_calls . 0
[ "$(picture)" = "$before" ] || flunk "something was changed"
FAKE_PACKAGES=all FAKE_UID=0

begin "help needs nothing"
FAKE_NETWORK=down FAKE_PACKAGES=none
launch help
expect_status 0
expect_says "Usage: ./gradus VERB"
finish
