#pragma once

// c = a · b for Winograd's planes, and the memory that is wanted next, fetched meanwhile. For
// winograd_kernels.cpp alone: as an inline function of any other file, what is compiled here with
// AVX2 could be merged with a plain twin.

#include <stdint.h>

namespace gradus::worker::engine {
namespace {

constexpr int64_t kWide = 8;  // floats of a vector
typedef float Vec __attribute__((vector_size(32)));
typedef float VecAt __attribute__((vector_size(32), aligned(4), may_alias));

inline Vec load_vec(const float* at) { return *reinterpret_cast<const VecAt*>(at); }
inline void store_vec(float* at, Vec value) { *reinterpret_cast<VecAt*>(at) = value; }

/// Memory on its way into the cache while products, which need none, are computed: images that the
/// next tiles are made of, and where results go, which the processor would else fetch before it
/// overwrites them. What transforms and gathers waits for memory half of its time without.
class Ahead {
 public:
  struct Range {
    const char *begin, *end;
  };
  /// In `steps` portions. `kept` will be read, `replaced` written.
  Ahead(Range kept, Range replaced, int64_t steps)
      : kept_(kept),
        replaced_(replaced),
        kept_lines_(lines_of(kept, steps)),
        replaced_lines_(lines_of(replaced, steps)) {}

  void go_on() {
    for (int64_t i = 0; i < kept_lines_ && kept_.begin < kept_.end; ++i, kept_.begin += kLine) {
      __builtin_prefetch(kept_.begin, 0, kSecondLevel);
    }
    for (int64_t i = 0; i < replaced_lines_ && replaced_.begin < replaced_.end; ++i) {
      __builtin_prefetch(replaced_.begin, 1, kSecondLevel);
      replaced_.begin += kLine;
    }
  }

 private:
  static constexpr int64_t kLine = 64;  // bytes
  static constexpr int kSecondLevel = 2;
  static int64_t lines_of(const Range& range, int64_t steps) {
    const int64_t lines = (range.end - range.begin + kLine - 1) / kLine;
    return steps > 0 ? (lines + steps - 1) / steps : 0;
  }

  Range kept_, replaced_;
  int64_t kept_lines_, replaced_lines_;
};

/// Rows and vectors of a product's block: twelve sums, two vectors of b and a factor in registers.
constexpr int kRows = 6;

/// Blocks that product() works through.
inline int64_t blocks_of(int64_t rows, int64_t columns) {
  return (rows / kRows) * ((columns + 2 * kWide - 1) / (2 * kWide));
}

/// c [kCount, kVecs · 8] = or += Σ over d of a[row · a_row + d · a_step] · b[d · b_step + column].
template <int kCount, int kVecs, bool kAdd>
inline void product_block(const float* a, int64_t a_row, int64_t a_step, const float* b,
                          int64_t b_step, int64_t depth, float* c, int64_t c_row) {
  Vec sums[kCount][kVecs];
  for (int r = 0; r < kCount; ++r) {
    for (int v = 0; v < kVecs; ++v) {
      sums[r][v] = kAdd ? load_vec(c + r * c_row + v * kWide) : Vec{};
    }
  }
  for (int64_t d = 0; d < depth; ++d) {
    Vec line[kVecs];
    for (int v = 0; v < kVecs; ++v) line[v] = load_vec(b + d * b_step + v * kWide);
    for (int r = 0; r < kCount; ++r) {
      const float factor = a[r * a_row + d * a_step];
      for (int v = 0; v < kVecs; ++v) sums[r][v] += factor * line[v];
    }
  }
  for (int r = 0; r < kCount; ++r) {
    for (int v = 0; v < kVecs; ++v) store_vec(c + r * c_row + v * kWide, sums[r][v]);
  }
}

template <int kVecs, bool kAdd>
inline void product_rows(int64_t rows, const float* a, int64_t a_row, int64_t a_step,
                         const float* b, int64_t b_step, int64_t depth, float* c, int64_t c_row,
                         Ahead& ahead) {
  for (; rows >= kRows; rows -= kRows) {
    ahead.go_on();
    product_block<kRows, kVecs, kAdd>(a, a_row, a_step, b, b_step, depth, c, c_row);
    a += kRows * a_row;
    c += kRows * c_row;
  }
  switch (rows) {
    case 5:
      return product_block<5, kVecs, kAdd>(a, a_row, a_step, b, b_step, depth, c, c_row);
    case 4:
      return product_block<4, kVecs, kAdd>(a, a_row, a_step, b, b_step, depth, c, c_row);
    case 3:
      return product_block<3, kVecs, kAdd>(a, a_row, a_step, b, b_step, depth, c, c_row);
    case 2:
      return product_block<2, kVecs, kAdd>(a, a_row, a_step, b, b_step, depth, c, c_row);
    case 1:
      return product_block<1, kVecs, kAdd>(a, a_row, a_step, b, b_step, depth, c, c_row);
    default:
      return;
  }
}

/// c [rows, columns] = or += a · b, `columns` a multiple of eight.
template <bool kAdd>
inline void product(int64_t rows, int64_t columns, const float* a, int64_t a_row, int64_t a_step,
                    const float* b, int64_t depth, float* c, Ahead& ahead) {
  int64_t k = 0;
  for (; k + 2 * kWide <= columns; k += 2 * kWide) {
    product_rows<2, kAdd>(rows, a, a_row, a_step, b + k, columns, depth, c + k, columns, ahead);
  }
  if (k < columns) {
    product_rows<1, kAdd>(rows, a, a_row, a_step, b + k, columns, depth, c + k, columns, ahead);
  }
}

}  // namespace
}  // namespace gradus::worker::engine
