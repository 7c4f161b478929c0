#pragma once

// Two vectors of bfloat16 numbers at a time: those at even and those at odd places, which takes a
// shift and a mask where neighbours would have to change places. For files with loops alone, as
// lanes.hpp.

#include <stdint.h>

#include "framework/worker/engine/lanes.hpp"

namespace gradus::worker::engine {
namespace {

constexpr int64_t kPair = 2 * kWide;  // numbers of both
typedef uint32_t BitsAt __attribute__((vector_size(4 * GRADUS_LANES), aligned(2), may_alias));
typedef int16_t Halves __attribute__((vector_size(4 * GRADUS_LANES)));
typedef int16_t PairAt __attribute__((vector_size(4 * GRADUS_LANES), aligned(2), may_alias));

struct Pair {
  Lanes even, odd;
};

inline Pair load_pair(const uint16_t* at) {
  const Bits both = *reinterpret_cast<const BitsAt*>(at);
  return {(Lanes)(both << 16), (Lanes)(both & 0xffff0000U)};
}

inline void store_pair(uint16_t* at, const Pair& pair) {
  *reinterpret_cast<BitsAt*>(at) = (rounded(pair.even) >> 16) | (rounded(pair.odd) & 0xffff0000U);
}

/// Memory that will be written soon, fetched: a store that waits for it holds up all behind it.
inline void soon_written(const uint16_t* at) { __builtin_prefetch(at + 512, 1, 3); }

/// A number for each channel, laid out for pairs of vectors that walk through images: after
/// `count` pairs they begin with the same channel again.
class ChannelPairs {
 public:
  /// At most so many, which is enough for powers of two up to 512 channels.
  static constexpr int64_t kMost = 512 / kPair;

  /// How many pairs it takes; 0 where they would be more than kMost.
  static int64_t count(int64_t channels) {
    int64_t pairs = 1;
    while (pairs <= kMost && pairs * kPair % channels != 0) ++pairs;
    return pairs <= kMost ? pairs : 0;
  }

  ChannelPairs(const float* numbers, int64_t channels) {
    const int64_t pairs = count(channels);
    for (int64_t i = 0; i < pairs; ++i) {
      for (int64_t lane = 0; lane < kWide; ++lane) {
        const int64_t place = i * kPair + 2 * lane;
        held_[i].even[lane] = numbers[place % channels];
        held_[i].odd[lane] = numbers[(place + 1) % channels];
      }
    }
  }
  const Pair& operator[](int64_t i) const { return held_[i]; }

 private:
  Pair held_[kMost];
};

}  // namespace
}  // namespace gradus::worker::engine
