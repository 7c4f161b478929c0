#pragma once

// The gradient of weights on the matrix unit. For amx_kernels.cpp alone, as lanes.hpp.

#include <stdint.h>

#include "framework/worker/engine/ahead.hpp"
#include "framework/worker/engine/amx_kernels.hpp"
#include "framework/worker/engine/amx_pairs.hpp"
#include "framework/worker/engine/amx_tiles.hpp"
#include "framework/worker/engine/lanes.hpp"

namespace gradus::worker::engine {
namespace {

/// Sixteen zeros.
alignas(64) const uint16_t kNothing[kAmxSide] = {};

/// `count` numbers from each of two places (null: zeros), in pairs.
inline void pair_up(const uint16_t* first, const uint16_t* second, int64_t count, uint16_t* to) {
  const int64_t one = first == nullptr ? 0 : -1, two = second == nullptr ? 0 : -1;
  if (one == 0) first = kNothing;
  if (two == 0) second = kNothing;
  for (int64_t at = 0; at < count; at += kAmxSide) {
    store_pairs(to + 2 * at, pairs_of(first + (at & one), second + (at & two)));
  }
}

/// Each position's pixel and the next one's, [planes, kept, in, 2].
inline void pair_pixels(const uint16_t* x, int64_t first, const AmxGradient& s, uint16_t* pairs) {
  const int64_t pitch = s.pitch(), between = s.stride * s.in;
  for (int64_t plane = 0; plane < s.planes(); ++plane) {
    // Columns whose pixel is in the image: [from, to).
    const int64_t left = s.pad - plane % s.stride;
    const int64_t from = left <= 0 ? 0 : (left + s.stride - 1) / s.stride;
    const int64_t inside = (s.width + left + s.stride - 1) / s.stride;
    const int64_t to = inside < pitch ? inside : pitch;
    for (int64_t i = 0; i < s.plane_rows(); ++i) {
      uint16_t* row = pairs + 2 * (plane * s.kept() + i * pitch) * s.in;
      const int64_t y = (first + i) * s.stride + plane / s.stride - s.pad;
      if (y < 0 || y >= s.height || from >= to) {
        for (int64_t at = 0; at < 2 * pitch * s.in; at += kAmxDepth) store_pairs(row + at, Bits{});
        continue;
      }
      const uint16_t* pixel = x + (y * s.width + from * s.stride - left) * s.in;
      if (from > 0) pair_up(nullptr, pixel, s.in, row + 2 * (from - 1) * s.in);
      uint16_t* pair = row + 2 * from * s.in;
      if (s.stride == 1) {  // neighbours' channels in one go
        pair_up(pixel, pixel + s.in, (to - from - 1) * s.in, pair);
      } else {
        for (int64_t k = 0; k < to - from - 1; ++k) {
          pair_up(pixel + k * between, pixel + (k + 1) * between, s.in, pair + 2 * k * s.in);
        }
      }
      pair_up(pixel + (to - from - 1) * between, nullptr, s.in, row + 2 * (to - 1) * s.in);
    }
  }
}

/// Gradients dy as [steps, out / 16, 16, 32]: sixteen channels' rows of positions. Gaps are zeros.
inline void transpose_gradients(const uint16_t* dy, int64_t rows, const AmxGradient& s,
                                uint16_t* to) {
  const int64_t pitch = s.pitch(), steps = s.positions() / kAmxDepth;
  int64_t row = 0, column = 0;
  for (int64_t k = 0; k < steps; ++k) {
    const uint16_t *first[16], *second[16];
#pragma clang loop vectorize(disable)
    for (int64_t i = 0; i < 16; ++i) {
      const uint16_t* from = dy + (row * s.columns + column) * s.out;
      const bool inside = row < rows && column < s.columns;
      first[i] = inside ? from : nullptr;
      second[i] = inside && column + 1 < s.columns ? from + s.out : nullptr;
      column += 2;
      if (column >= pitch) {
        column -= pitch;
        ++row;
      }
    }
    for (int64_t c = 0; c < s.out; c += kAmxSide, to += kTile) {
      const auto at = [&](const uint16_t* from) { return from == nullptr ? kNothing : from + c; };
      Bits v[16];
      for (int64_t i = 0; i < 16; ++i) v[i] = pairs_of(at(first[i]), at(second[i]));
      transpose(v);
      for (int64_t i = 0; i < 16; ++i) store_pairs(to + i * kAmxDepth, v[i]);
    }
  }
}

void arrange(const uint16_t* x, const uint16_t* dy, int64_t first, int64_t all,
             const AmxGradient& s, uint16_t* pairs, uint16_t* gradients) {
  pair_pixels(x, first, s, pairs);
  const int64_t left = all - first;
  transpose_gradients(dy + first * s.columns * s.out, s.rows < left ? s.rows : left, s, gradients);
}

// Registers of sum_weights() behind the sums: of one or two times sixteen channels of gradients,
// and of images.
constexpr int kGradients = 6, kMoreGradients = 5, kPairs = 7;

/// Where the images' pairs lie for one place of the window and sixteen channels, and its sums.
struct Place {
  int64_t pairs, sums;
};

/// Σ over images and positions for kCount places and kWidth times sixteen channels of gradients,
/// whose sums are `apart`.
template <int kCount, int kWidth>
inline void sum_block(Tiles& tiles, const uint16_t* pairs, const uint16_t* gradients, int64_t count,
                      const AmxGradient& s, const Place* places, int64_t apart, Ahead& ahead,
                      float* sums) {
  const int64_t two = 2 * 2 * s.in, steps = s.positions() / kAmxDepth;
  each<kCount>([&]<int i>() {
    each<kWidth>([&]<int n>() {
      tiles.template load<i * kWidth + n>(sums + places[i].sums + n * apart, kAmxSide * kFloat);
    });
  });
  for (int64_t one = 0; one < count; ++one) {
    const uint16_t* a = gradients + one * s.gradient_scratch();
    const uint16_t* b = pairs + one * s.pairs_scratch();
    for (int64_t k = 0; k < steps; ++k, a += kAmxDepth * s.out, b += kAmxDepth / 2 * two) {
      ahead.go_on(1);
      tiles.load<kGradients>(a, kAmxDepth * kHalf);
      if constexpr (kWidth == 2) tiles.load<kMoreGradients>(a + kTile, kAmxDepth * kHalf);
      each<kCount>([&]<int i>() {
        tiles.load<kPairs>(b + places[i].pairs, two * kHalf);
        tiles.template multiply<i * kWidth, kGradients, kPairs>();
        if constexpr (kWidth == 2) {
          tiles.template multiply<i * kWidth + 1, kMoreGradients, kPairs>();
        }
      });
    }
  }
  each<kCount>([&]<int i>() {
    each<kWidth>([&]<int n>() {
      tiles.template store<i * kWidth + n>(sums + places[i].sums + n * apart, kAmxSide * kFloat);
    });
  });
}

inline Ahead::Range range_of(const uint16_t* begin, const uint16_t* end) {
  return {reinterpret_cast<const char*>(begin), reinterpret_cast<const char*>(end)};
}

void sum_weights(const uint16_t* pairs, const uint16_t* gradients, int64_t count,
                 const AmxGradient& s, const AmxNext& next, float* sums) {
  Layout layout;
  for (int i = 0; i < 8; ++i) {
    layout.rows[i] = kAmxSide;
    layout.bytes[i] = kAmxSide * kFloat;
  }
  Tiles tiles(layout);
  const int64_t outs = s.out / kAmxSide, ins = s.in / kAmxSide, all = s.window * s.window * ins;
  const int64_t most = outs > 1 ? 2 : 5, steps = s.positions() / kAmxDepth;
  const int64_t work = (outs + 1) / 2 * ((all + most - 1) / most) * steps * count;
  Ahead ahead(range_of(next.images, next.images_end), range_of(next.gradients, next.gradients_end),
              work);
  const auto place = [&](int64_t number) {
    const int64_t c = number % ins, column = number / ins % s.window;
    const int64_t row = number / ins / s.window;
    const int64_t plane = row % s.stride * s.stride + column % s.stride;
    const int64_t moved = row / s.stride * s.pitch() + column / s.stride;
    return Place{2 * ((plane * s.kept() + moved) * s.in + c * kAmxSide), number * kSquare};
  };
  const auto sum = [&]<int kMost, int kWidth>(int64_t n) {
    for (int64_t first = 0; first < all; first += kMost) {
      const int64_t some = all - first < kMost ? all - first : kMost;
      Place places[kMost];
      for (int64_t i = 0; i < some; ++i) places[i] = place(first + i);
      with_count<kMost>(some, [&]<int kCount>() {
        sum_block<kCount, kWidth>(tiles, pairs, gradients + n * kTile, count, s, places,
                                  all * kSquare, ahead, sums + n * all * kSquare);
      });
    }
  };
  int64_t n = 0;
  for (; n + 2 <= outs; n += 2) sum.template operator()<2, 2>(n);
  if (n < outs) sum.template operator()<5, 1>(n);
}

void finish(const float* sums, int64_t parts, const AmxGradient& s, uint16_t* dw) {
  const int64_t all = s.sums(), places = s.window * s.window, ins = s.in / kAmxSide;
  for (int64_t square = 0; square < all / kSquare; ++square) {
    const int64_t c = square % ins * kAmxSide, place = square / ins % places;
    const int64_t out = square / ins / places * kAmxSide;
    for (int64_t o = 0; o < kAmxSide; ++o) {
      Lanes sum = {};
      for (int64_t part = 0; part < parts; ++part) {
        sum += load(sums + part * all + square * kSquare + o * kAmxSide);
      }
      store_rounded(dw + ((out + o) * places + place) * s.in + c, sum);
    }
  }
}

}  // namespace
}  // namespace gradus::worker::engine
