#!/bin/sh
# framework/tests/sanitize.sh [all | fuzz] [SECONDS]: address and undefined-behaviour sanitizers.
#
# all: every test that does not load LibTorch, the worker's own tests that do, and the fuzz targets.
# fuzz: the fuzz targets alone, which is what continuous integration runs. A target explores for SECONDS
# (10). Needs what `./gradus test` has set up; its build folder is build-sanitize, or
# $GRADUS_SANITIZE_BUILD.
set -eu
cd "$(dirname "$0")/../.."
root=$PWD
built=${GRADUS_BUILD:-$root/build}
build=${GRADUS_SANITIZE_BUILD:-$root/build-sanitize}
what=${1-all}
case $what in all | fuzz) ;; *)
  echo "sanitize.sh: found '$what', wanted all or fuzz" >&2
  exit 2
  ;;
esac
cache() { sed -n "s/^$1:[A-Z]*=//p" "$built/CMakeCache.txt" 2>/dev/null | head -n 1; }
torch=$(cache GRADUS_TORCH_DIR)
if [ -z "$torch" ]; then
  echo "sanitize.sh: found no configured build in $built; run ./gradus test first" >&2
  exit 2
fi
compiler=$(cache CMAKE_CXX_COMPILER)
launcher=$(command -v ccache || true)
cmake -S "$root" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo \
  -DCMAKE_CXX_FLAGS_RELWITHDEBINFO="-O1 -gline-tables-only" -DCMAKE_CXX_COMPILER="$compiler" \
  -DCMAKE_CXX_COMPILER_LAUNCHER="$launcher" -DGRADUS_TORCH_DIR="$torch" \
  -DGRADUS_SANITIZE=fuzzer-no-link,address,undefined -DGRADUS_FUZZ_SECONDS="${2-10}" \
  -DCMAKE_UNITY_BUILD=ON -DCMAKE_UNITY_BUILD_BATCH_SIZE=6 >/dev/null
export UBSAN_OPTIONS=print_stacktrace=1
# The leak checker needs ptrace, which the sandbox's tests take away from what they start.
leaks=detect_leaks=${GRADUS_LEAKS-1}
if [ "$what" = fuzz ]; then
  ninja -C "$build" gradus_fuzz_targets
  ASAN_OPTIONS=$leaks ctest --test-dir "$build" -R '^Fuzz\.' --output-on-failure
  exit
fi
ninja -C "$build" gradus_light_tests engine_test worker_unit_test
ASAN_OPTIONS=$leaks ctest --test-dir "$build" -L light -j"$(nproc)" --output-on-failure
# LibTorch itself is not instrumented: it keeps memory until the end, hands containers over, and asks
# for more than there is where a test wants it to.
for program in engine/engine_test worker_unit_test; do
  ASAN_OPTIONS=detect_leaks=0:detect_container_overflow=0:allocator_may_return_null=1 \
    "$build/framework/worker/$program" --gtest_brief=1
done
