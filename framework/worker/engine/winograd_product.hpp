#pragma once

// c = a · b for Winograd's planes. For winograd_kernels.cpp alone, as lanes.hpp.

#include <stdint.h>

#include "framework/worker/engine/ahead.hpp"
#include "framework/worker/engine/lanes.hpp"

namespace gradus::worker::engine {
namespace {

/// Vectors of sums that a block of products keeps in registers; what is left of them holds vectors
/// of b and a factor.
constexpr int kSums = kWide == 16 ? 24 : 12;
/// Vectors of columns at a time: enough for a row of registers, no more than leave some rows.
constexpr int kMostVecs = kWide == 16 ? 4 : 2;

/// c [kCount, kVecs · kWide] = or += Σ over d of a[row · a_row + d · a_step] · b[d · b_step +
/// column]. Where kRow is not 0 it is a_row: with rows at places that the compiler knows, no
/// factor's address waits for the one before.
template <int kCount, int kVecs, bool kAdd, int kRow>
inline void product_block(const float* a, int64_t a_row, int64_t a_step, const float* b,
                          int64_t b_step, int64_t depth, float* c, int64_t c_row) {
  const int64_t row = kRow == 0 ? a_row : kRow;
  Lanes sums[kCount][kVecs];
  for (int r = 0; r < kCount; ++r) {
    for (int v = 0; v < kVecs; ++v) {
      sums[r][v] = kAdd ? load(c + r * c_row + v * kWide) : Lanes{};
    }
  }
  for (int64_t d = 0; d < depth; ++d) {
    Lanes line[kVecs];
    for (int v = 0; v < kVecs; ++v) line[v] = load(b + d * b_step + v * kWide);
    for (int r = 0; r < kCount; ++r) {
      const float factor = a[r * row + d * a_step];
      for (int v = 0; v < kVecs; ++v) sums[r][v] += factor * line[v];
    }
  }
  for (int r = 0; r < kCount; ++r) {
    for (int v = 0; v < kVecs; ++v) store(c + r * c_row + v * kWide, sums[r][v]);
  }
}

template <int kVecs, bool kAdd, int kRow>
inline void product_rows(int64_t rows, const float* a, int64_t a_row, int64_t a_step,
                         const float* b, int64_t b_step, int64_t depth, float* c, int64_t c_row,
                         Ahead& ahead) {
  constexpr int kRows = kSums / kVecs;
  for (; rows >= kRows; rows -= kRows) {
    ahead.go_on(kRows * kVecs);
    product_block<kRows, kVecs, kAdd, kRow>(a, a_row, a_step, b, b_step, depth, c, c_row);
    a += kRows * a_row;
    c += kRows * c_row;
  }
  if (rows == 0) return;
  ahead.go_on(rows * kVecs);
  // Sums over tiles come in few rows, a convolution's in many: its last ones need no own code.
  constexpr int kLast = kAdd ? kRow : 0;
  with_count<kRows>(rows, [&]<int kCount>() {
    product_block<kCount, kVecs, kAdd, kLast>(a, a_row, a_step, b, b_step, depth, c, c_row);
  });
}

/// c [rows, columns] = or += a · b, `columns` a multiple of kWide.
template <bool kAdd, int kRow>
inline void product(int64_t rows, int64_t columns, const float* a, int64_t a_row, int64_t a_step,
                    const float* b, int64_t depth, float* c, Ahead& ahead) {
  for (int64_t k = 0; k < columns; k += kMostVecs * kWide) {
    with_count<kMostVecs>((columns - k) / kWide, [&]<int kVecs>() {
      product_rows<kVecs, kAdd, kRow>(rows, a, a_row, a_step, b + k, columns, depth, c + k, columns,
                                      ahead);
    });
  }
}

/// c [tiles, columns] = a [tiles, channels] · b [channels, columns].
inline void tiles_product(int64_t tiles, int64_t columns, int64_t channels, const float* a,
                          const float* b, float* c, Ahead& ahead) {
  switch (channels) {
    case 8:
      return product<false, 8>(tiles, columns, a, channels, 1, b, channels, c, ahead);
    case 16:
      return product<false, 16>(tiles, columns, a, channels, 1, b, channels, c, ahead);
    case 32:
      return product<false, 32>(tiles, columns, a, channels, 1, b, channels, c, ahead);
    case 64:
      return product<false, 64>(tiles, columns, a, channels, 1, b, channels, c, ahead);
    default:
      return product<false, 0>(tiles, columns, a, channels, 1, b, channels, c, ahead);
  }
}

/// c [channels, columns] += aᵀ · b, over tiles: a [tiles, channels], b [tiles, columns].
inline void add_channels_product(int64_t tiles, int64_t columns, int64_t channels, const float* a,
                                 const float* b, float* c, Ahead& ahead) {
  product<true, 1>(channels, columns, a, 1, channels, b, tiles, c, ahead);
}

}  // namespace
}  // namespace gradus::worker::engine
