#pragma once

// How thin convolutions share out registers. For thin_kernels.cpp alone, as lanes.hpp.

#include <stdint.h>

#include "framework/worker/engine/lanes.hpp"

namespace gradus::worker::engine {
namespace {

/// Sums that are kept in registers; four of them are left for what goes in.
constexpr int kSums = kWide == 16 ? 28 : 12;

/// Calls block(from, count) for parts of [0, total), as few as `most` allows and of nearly one
/// size: a short last part would waste the time of a whole one.
template <class Block>
inline void in_even_parts(int64_t total, int64_t most, const Block& block) {
  const int64_t parts = (total + most - 1) / most;
  for (int64_t part = 0; part < parts; ++part) {
    const int64_t from = total * part / parts, to = total * (part + 1) / parts;
    block(from, static_cast<int>(to - from));
  }
}

/// Calls two(c) for pairs of vectors of channels, one(c) for the last where their number is odd.
template <class Two, class One>
inline void in_pairs(int64_t out, const Two& two, const One& one) {
  int64_t c = 0;
  for (; c + 2 * kWide <= out; c += 2 * kWide) two(c);
  if (c < out) one(c);
}

}  // namespace
}  // namespace gradus::worker::engine
