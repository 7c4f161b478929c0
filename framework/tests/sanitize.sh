#!/bin/sh
# Address and undefined-behaviour sanitizers over every test that does not load LibTorch, and the fuzz
# targets for a bounded time: framework/tests/sanitize.sh [SECONDS A TARGET]. Needs what `./gradus test`
# has set up; its own build folder is build-sanitize, or $GRADUS_SANITIZE_BUILD.
set -eu
cd "$(dirname "$0")/../.."
root=$PWD
built=${GRADUS_BUILD:-$root/build}
build=${GRADUS_SANITIZE_BUILD:-$root/build-sanitize}
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
  -DGRADUS_SANITIZE=fuzzer-no-link,address,undefined -DGRADUS_FUZZ_SECONDS="${1-10}" \
  -DCMAKE_UNITY_BUILD=ON -DCMAKE_UNITY_BUILD_BATCH_SIZE=6 >/dev/null
ninja -C "$build" gradus_light_tests
# The leak checker needs ptrace, which the sandbox's tests take away from what they start.
ASAN_OPTIONS=detect_leaks=${GRADUS_LEAKS-1} UBSAN_OPTIONS=print_stacktrace=1 \
  ctest --test-dir "$build" -L light -j"$(nproc)" --output-on-failure
