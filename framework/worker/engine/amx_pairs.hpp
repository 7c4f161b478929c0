#pragma once

// Pairs of numbers, as the matrix unit's factors hold them. For amx_kernels.cpp alone, as
// lanes.hpp.

#include <stdint.h>

#include "framework/worker/engine/amx_kernels.hpp"
#include "framework/worker/engine/lanes.hpp"

namespace gradus::worker::engine {
namespace {

static_assert(kWide == kAmxSide);

constexpr int64_t kHalf = 2, kFloat = 4;  // bytes of a number
constexpr int64_t kSquare = kAmxSide * kAmxSide;
constexpr int64_t kTile = kAmxSide * kAmxDepth;

using size_t = decltype(sizeof 0);

/// Sixteen pairs of numbers, from two vectors of sixteen.
inline Bits pairs_of(const uint16_t* first, const uint16_t* second) {
  const Bits a = __builtin_convertvector(*reinterpret_cast<const HalvesAt*>(first), Bits);
  const Bits b = __builtin_convertvector(*reinterpret_cast<const HalvesAt*>(second), Bits);
  return a | (b << 16);
}

inline void store_pairs(uint16_t* at, Bits pairs) {
  store(reinterpret_cast<float*>(at), (Lanes)pairs);
}

/// Sixteen vectors of sixteen become each other's columns: four times, the numbers of one half are
/// put between those of the other.
inline void transpose(Bits (&v)[16]) {
  for (int stage = 0; stage < 4; ++stage) {
    Bits next[16];
    for (int i = 0; i < 8; ++i) {
      next[2 * i] = __builtin_shufflevector(v[i], v[i + 8], 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5,
                                            21, 6, 22, 7, 23);
      next[2 * i + 1] = __builtin_shufflevector(v[i], v[i + 8], 8, 24, 9, 25, 10, 26, 11, 27, 12,
                                                28, 13, 29, 14, 30, 15, 31);
    }
    for (int i = 0; i < 16; ++i) v[i] = next[i];
  }
}

}  // namespace
}  // namespace gradus::worker::engine
