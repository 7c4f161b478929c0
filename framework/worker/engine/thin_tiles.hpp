#pragma once

// A thin convolution of 5x5 by Winograd's F(4, 5) along its rows; the window's rows stay plain
// sums, so that only one direction costs digits. For thin_kernels.cpp alone, as lanes.hpp.

#include <stdint.h>

#include "framework/worker/engine/lanes.hpp"
#include "framework/worker/engine/thin_kernels.hpp"
#include "framework/worker/engine/thin_parts.hpp"

namespace gradus::worker::engine {
namespace {

constexpr int kPoints = kThinPoints;  // 0, 1, -1, 2, -2, 1/2, -1/2 and infinity
constexpr int kTile = kThinTile;

/// What the window's k-th weight gives to a point.
inline float share_of(int point, int64_t k, int64_t window) {
  constexpr float kAt[kPoints] = {0, 1, -1, 2, -2, .5F, -.5F, 0};
  constexpr float kScale[kPoints] = {1,         -2 / 9.0F,  -2 / 9.0F,  1 / 90.0F,
                                     1 / 90.0F, 32 / 45.0F, 32 / 45.0F, 1};
  if (point == kPoints - 1) return k == window - 1 ? 1 : 0;
  float power = 1;
  for (int64_t i = 0; i < k; ++i) power *= kAt[point];
  return power * kScale[point];
}

void tile_weights(const float* w, const ThinShape& s, float* u) {
  const int64_t size = s.in * s.out;
  for (int point = 0; point < kPoints; ++point) {
    for (int64_t row = 0; row < s.window; ++row, u += size) {
      for (int64_t i = 0; i < size; ++i) u[i] = 0;
      for (int64_t k = 0; k < s.window; ++k) {
        const float share = share_of(point, k, s.window);
        for (int64_t i = 0; i < size; ++i) u[i] += share * w[(row * s.window + k) * size + i];
      }
    }
  }
}

void tile_weight_gradient(const float* du, const ThinShape& s, float* dw) {
  const int64_t size = s.in * s.out;
  for (int64_t row = 0; row < s.window; ++row) {
    for (int64_t k = 0; k < s.window; ++k, dw += size) {
      for (int64_t i = 0; i < size; ++i) dw[i] = 0;
      for (int point = 0; point < kPoints; ++point) {
        const float share = share_of(point, k, s.window);
        const float* from = du + (point * s.window + row) * size;
        for (int64_t i = 0; i < size; ++i) dw[i] += share * from[i];
      }
    }
  }
}

/// Values at 1, -1, 2, -2, 1/2 and -1/2 from what is even and what is odd in them.
inline void at_both_signs(const Lanes (&even)[3], const Lanes (&odd)[3], Lanes (&t)[kPoints]) {
  for (int i = 0; i < 3; ++i) {
    t[2 * i + 1] = even[i] + odd[i];
    t[2 * i + 2] = even[i] - odd[i];
  }
}

/// Eight neighbours of an image become its values at the points.
inline void to_points(const Lanes (&d)[kPoints], Lanes (&t)[kPoints]) {
  const Lanes even[3] = {d[2] + d[6] - 4.25F * d[4], .25F * d[2] - 1.25F * d[4] + d[6],
                         4.0F * d[2] - 5.0F * d[4] + d[6]};
  const Lanes odd[3] = {d[1] + d[5] - 4.25F * d[3], .5F * d[1] - 2.5F * d[3] + 2.0F * d[5],
                        2.0F * d[1] - 2.5F * d[3] + .5F * d[5]};
  t[0] = d[0] - d[6] + 5.25F * (d[4] - d[2]);
  at_both_signs(even, odd, t);
  t[7] = d[7] - d[1] + 5.25F * (d[3] - d[5]);
}

/// 2 to the power of `i`, or of `-i`.
constexpr float two_to(int i) { return static_cast<float>(1 << i); }
constexpr float half_to(int i) { return 1 / two_to(i); }

/// Products at the points become kTile results.
inline void from_points(const Lanes (&m)[kPoints], Lanes (&y)[kTile]) {
  const Lanes sum = m[1] + m[2], sum2 = m[3] + m[4], sum_half = m[5] + m[6];
  const Lanes difference = m[1] - m[2], difference2 = m[3] - m[4], difference_half = m[5] - m[6];
  for (int i = 0; i < kTile; ++i) {
    y[i] = i % 2 == 0 ? sum + two_to(i) * sum2 + half_to(i) * sum_half
                      : difference + two_to(i) * difference2 + half_to(i) * difference_half;
  }
  y[0] += m[0];
  y[kTile - 1] += m[kPoints - 1];
}

/// Its transpose: kTile gradients become those of the points.
inline void gradient_to_points(const Lanes (&y)[kTile], Lanes (&t)[kPoints]) {
  Lanes even[3] = {y[0], y[0], y[0]}, odd[3]{};
  for (int i = 1; i < kTile; ++i) {
    Lanes* side = i % 2 == 0 ? even : odd;
    side[0] += y[i];
    side[1] += two_to(i) * y[i];
    side[2] += half_to(i) * y[i];
  }
  t[0] = y[0];
  at_both_signs(even, odd, t);
  t[7] = y[kTile - 1];
}

/// Where one image's tiles lie while they are worked on, in the order of the scratch memory.
struct TileRoom {
  float* points;   ///< [kPoints][height, tiles, in], `apart` from point to point
  float* spread;   ///< [pixels of a tile][tiles and one more, in], `row` numbers each
  float* results;  ///< [kPoints][tiles of a strip, channels]
  int64_t apart, row;
  TileRoom(const ThinShape& s, float* scratch)
      : apart(thin_point_room(s)), row(thin_spread_room(s)) {
    points = scratch;
    spread = points + kPoints * apart;
    results = spread + kTile * row;
  }
};

/// An image's tiles at their points. A row's pixels are spread first, the k-th of each tile beside
/// each other, so that neighbouring tiles make vectors; what lies beyond the row counts as 0.
template <int kIn>
void transform_image(const float* x, const ThinShape& s, const TileRoom& room) {
  const int64_t numbers = s.tiles() * kIn;
  for (int64_t i = 0; i < kTile * room.row; ++i) room.spread[i] = 0;
  for (int64_t y = 0; y < s.height; ++y, x += s.width * kIn) {
    for (int64_t first = 0, tile = 0; first < s.width; first += kTile, ++tile) {
      const int64_t count = s.width - first < kTile ? s.width - first : kTile;
      for (int64_t k = 0; k < count; ++k) {
        float* to = room.spread + k * room.row + tile * kIn;
        for (int c = 0; c < kIn; ++c) to[c] = x[(first + k) * kIn + c];
      }
    }
    float* out = room.points + y * numbers;  // the next row overwrites what is too much at its end
    for (int64_t at = 0; at < numbers; at += kWide) {
      Lanes d[kPoints], t[kPoints];
      for (int k = 0; k < kPoints; ++k) {
        d[k] = load(room.spread + (k % kTile) * room.row + k / kTile * kIn + at);
      }
      to_points(d, t);
      for (int k = 0; k < kPoints; ++k) store(out + k * room.apart + at, t[k]);
    }
  }
}

/// Products at one point: kCount tiles after each other, kVecs · kWide channels of them. `row`
/// numbers lie between the rows of `x`; `u` is [window, kIn, out].
template <int kIn, int kVecs, int kCount>
inline void point_products(const float* x, int64_t row, const float* u, const ThinShape& s,
                           float* products) {
  Lanes sums[kCount][kVecs]{};
  for (int64_t v = 0; v < s.window; ++v, x += row) {
    for (int c = 0; c < kIn; ++c, u += s.out) {
      Lanes line[kVecs];
      for (int i = 0; i < kVecs; ++i) line[i] = load(u + i * kWide);
      for (int p = 0; p < kCount; ++p) {
        for (int i = 0; i < kVecs; ++i) sums[p][i] += x[p * kIn + c] * line[i];
      }
    }
  }
  for (int p = 0; p < kCount; ++p) {
    for (int i = 0; i < kVecs; ++i) store(products + (p * kVecs + i) * kWide, sums[p][i]);
  }
}

/// Calls work(first row, rows) for strips of results whose products stay in the first-level cache.
template <class Work>
inline void in_strips(const ThinShape& s, int64_t vecs, const Work& work) {
  const int64_t most = thin_strip_rows(s, vecs * kWide);
  for (int64_t row = 0; row < s.out_height(); row += most) {
    work(row, s.out_height() - row < most ? s.out_height() - row : most);
  }
}

/// All points' products of `tiles` tiles, from the image's row `first` on.
template <int kIn, int kVecs>
void strip_products(const float* u, const ThinShape& s, const TileRoom& room, int64_t first,
                    int64_t tiles) {
  constexpr int kMost = (kWide == 16 ? kSums : 8) / kVecs;  // more than 8 of 16: some go to memory
  const int64_t row = s.tiles() * kIn;
  float* products = room.results;
  for (int k = 0; k < kPoints; ++k, products += tiles * kVecs * kWide) {
    const float* x = room.points + k * room.apart + first * row;
    in_even_parts(tiles, kMost, [&](int64_t from, int count) {
      with_count<kMost>(count, [&]<int kCount>() {
        point_products<kIn, kVecs, kCount>(x + from * kIn, row, u + k * s.window * kIn * s.out, s,
                                           products + from * kVecs * kWide);
      });
    });
  }
}

template <int kIn, int kVecs, class Number>
void convolve_channels(const float* u, const float* bias, const ThinShape& s, const TileRoom& room,
                       Number* y) {
  const int64_t across = s.tiles();
  in_strips(s, kVecs, [&](int64_t first, int64_t rows) {
    const int64_t tiles = rows * across, point_apart = tiles * kVecs * kWide;
    strip_products<kIn, kVecs>(u, s, room, first, tiles);
    const float* products = room.results;
    for (int64_t row = first; row < first + rows; ++row) {
      for (int64_t tile = 0; tile < across; ++tile) {
        const int64_t left = s.out_width() - tile * kTile;
        Number* to = y + (row * s.out_width() + tile * kTile) * s.out;
        for (int i = 0; i < kVecs; ++i, products += kWide) {
          Lanes m[kPoints], results[kTile];
          for (int k = 0; k < kPoints; ++k) m[k] = load(products + k * point_apart);
          from_points(m, results);
          const Lanes shift = load(bias + i * kWide);
          for (int p = 0; p < kTile; ++p) {
            if (p < left) store(to + p * s.out + i * kWide, results[p] + shift);
          }
        }
      }
    }
  });
}

/// du [kRows rows of the window, kIn, out] += what `tiles` tiles give at one point.
template <int kIn, int kVecs, int kRows>
inline void point_sums(const float* x, int64_t row, const float* dy, int64_t tiles, int64_t out,
                       float* du) {
  Lanes sums[kRows][kIn][kVecs];
  for (int v = 0; v < kRows; ++v) {
    for (int c = 0; c < kIn; ++c) {
      for (int i = 0; i < kVecs; ++i) sums[v][c][i] = load(du + (v * kIn + c) * out + i * kWide);
    }
  }
  for (int64_t tile = 0; tile < tiles; ++tile, x += kIn, dy += kVecs * kWide) {
    Lanes line[kVecs];
    for (int i = 0; i < kVecs; ++i) line[i] = load(dy + i * kWide);
    for (int v = 0; v < kRows; ++v) {
      for (int c = 0; c < kIn; ++c) {
        for (int i = 0; i < kVecs; ++i) sums[v][c][i] += x[v * row + c] * line[i];
      }
    }
  }
  for (int v = 0; v < kRows; ++v) {
    for (int c = 0; c < kIn; ++c) {
      for (int i = 0; i < kVecs; ++i) store(du + (v * kIn + c) * out + i * kWide, sums[v][c][i]);
    }
  }
}

/// du += what `tiles` tiles give at all points, from the image's row `first` on.
template <int kIn, int kVecs>
void strip_sums(const ThinShape& s, const TileRoom& room, int64_t first, int64_t tiles, float* du) {
  constexpr int kFit = kSums / (kIn * kVecs), kMost = kFit < 1 ? 1 : kFit < 5 ? kFit : 5;
  const int64_t row = s.tiles() * kIn;
  const float* gradients = room.results;
  for (int k = 0; k < kPoints; ++k, gradients += tiles * kVecs * kWide) {
    const float* x = room.points + k * room.apart + first * row;
    in_even_parts(s.window, kMost, [&](int64_t v, int count) {
      with_count<kMost>(count, [&]<int kRows>() {
        point_sums<kIn, kVecs, kRows>(x + v * row, row, gradients, tiles, s.out,
                                      du + (k * s.window + v) * kIn * s.out);
      });
    });
  }
}

template <int kIn, int kVecs, class Number>
void weight_sums_channels(const Number* dy, const ThinShape& s, const TileRoom& room, float* du) {
  const int64_t across = s.tiles();
  in_strips(s, kVecs, [&](int64_t first, int64_t rows) {
    const int64_t tiles = rows * across, point_apart = tiles * kVecs * kWide;
    float* gradients = room.results;
    for (int64_t row = first; row < first + rows; ++row) {
      for (int64_t tile = 0; tile < across; ++tile) {
        const int64_t left = s.out_width() - tile * kTile;
        const Number* from = dy + (row * s.out_width() + tile * kTile) * s.out;
        for (int i = 0; i < kVecs; ++i, gradients += kWide) {
          Lanes g[kTile], t[kPoints];
          for (int p = 0; p < kTile; ++p) {
            g[p] = p < left ? load(from + p * s.out + i * kWide) : Lanes{};
          }
          gradient_to_points(g, t);
          for (int k = 0; k < kPoints; ++k) store(gradients + k * point_apart, t[k]);
        }
      }
    }
    strip_sums<kIn, kVecs>(s, room, first, tiles, du);
  });
}

template <int kIn, class Number>
void convolve_tiles_of(const float* x, const float* u, const float* bias, const ThinShape& s,
                       Number* y, float* scratch) {
  const TileRoom room(s, scratch);
  transform_image<kIn>(x, s, room);
  in_pairs(
      s.out, [&](int64_t c) { convolve_channels<kIn, 2>(u + c, bias + c, s, room, y + c); },
      [&](int64_t c) { convolve_channels<kIn, 1>(u + c, bias + c, s, room, y + c); });
}

template <int kIn, class Number>
void weight_sums_tiles_of(const float* x, const Number* dy, const ThinShape& s, float* du,
                          float* scratch) {
  const TileRoom room(s, scratch);
  transform_image<kIn>(x, s, room);
  in_pairs(
      s.out, [&](int64_t c) { weight_sums_channels<kIn, 2>(dy + c, s, room, du + c); },
      [&](int64_t c) { weight_sums_channels<kIn, 1>(dy + c, s, room, du + c); });
}

template <class Number>
void convolve_tiles(const float* x, const float* u, const float* bias, const ThinShape& s,
                    Number* y, float* scratch) {
  return s.in == 3 ? convolve_tiles_of<3>(x, u, bias, s, y, scratch)
                   : convolve_tiles_of<1>(x, u, bias, s, y, scratch);
}

template <class Number>
void weight_sums_tiles(const float* x, const Number* dy, const ThinShape& s, float* du,
                       float* scratch) {
  return s.in == 3 ? weight_sums_tiles_of<3>(x, dy, s, du, scratch)
                   : weight_sums_tiles_of<1>(x, dy, s, du, scratch);
}

}  // namespace
}  // namespace gradus::worker::engine
