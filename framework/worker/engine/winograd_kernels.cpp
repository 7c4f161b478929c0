// Compiled for one kind of machine, with GRADUS_WINOGRAD_TABLE set by CMakeLists.txt.
#include "framework/worker/engine/winograd_kernels.hpp"

namespace gradus::worker::engine {
namespace {

constexpr int64_t kWide = 8;  // floats of a vector
typedef float Vec __attribute__((vector_size(32)));
typedef float VecAt __attribute__((vector_size(32), aligned(4), may_alias));

inline Vec load_vec(const float* at) { return *reinterpret_cast<const VecAt*>(at); }
inline void store_vec(float* at, Vec value) { *reinterpret_cast<VecAt*>(at) = value; }

/// Planes of a block: [36, tiles, channels], with a gap between planes, since powers of two apart
/// they would all fall on the same lines of the cache.
inline int64_t plane_of(int64_t tiles, int64_t channels) { return tiles * channels + 16; }

// The transforms along one direction, for the points 0, 1, -1, 2, -2 and infinity.

/// Bᵀd: six values of an image.
template <class T>
inline void input_transform(const T (&d)[6], T (&t)[6]) {
  const T a = d[4] - 4.0F * d[2], b = d[3] - 4.0F * d[1];
  const T c = d[4] - d[2], e = 2.0F * (d[3] - d[1]);
  t[0] = 4.0F * d[0] - 5.0F * d[2] + d[4];
  t[1] = a + b;
  t[2] = a - b;
  t[3] = c + e;
  t[4] = c - e;
  t[5] = 4.0F * d[1] - 5.0F * d[3] + d[5];
}

/// Aᵀm: four results.
template <class T>
inline void output_transform(const T (&m)[6], T (&y)[4]) {
  const T a = m[1] + m[2], b = m[1] - m[2], c = m[3] + m[4], e = m[3] - m[4];
  y[0] = m[0] + a + c;
  y[1] = b + 2.0F * e;
  y[2] = a + 4.0F * c;
  y[3] = b + 8.0F * e + m[5];
}

/// Ay: its transpose, for gradients.
template <class T>
inline void gradient_transform(const T (&y)[4], T (&m)[6]) {
  const T even = y[0] + y[2], odd = y[1] + y[3];
  const T even4 = y[0] + 4.0F * y[2], odd2 = 2.0F * y[1] + 8.0F * y[3];
  m[0] = y[0];
  m[1] = even + odd;
  m[2] = even - odd;
  m[3] = even4 + odd2;
  m[4] = even4 - odd2;
  m[5] = y[3];
}

/// Gg: three weights.
inline void weight_transform(const Vec (&g)[3], Vec (&u)[6]) {
  const Vec sum = g[0] + g[2];
  const Vec wide = g[0] + 4.0F * g[2];
  u[0] = g[0] * (1 / 4.0F);
  u[1] = (sum + g[1]) * (-1 / 6.0F);
  u[2] = (sum - g[1]) * (-1 / 6.0F);
  u[3] = (wide + 2.0F * g[1]) * (1 / 24.0F);
  u[4] = (wide - 2.0F * g[1]) * (1 / 24.0F);
  u[5] = g[2];
}

/// Gᵀu: its transpose.
inline void weight_gradient_transform(const Vec (&u)[6], Vec (&g)[3]) {
  const Vec low = (u[1] + u[2]) * (-1 / 6.0F), high = (u[3] + u[4]) * (1 / 24.0F);
  g[0] = u[0] * (1 / 4.0F) + low + high;
  g[1] = (u[2] - u[1]) * (1 / 6.0F) + (u[3] - u[4]) * (1 / 12.0F);
  g[2] = low + 4.0F * high + u[5];
}

alignas(32) const float kZeros[kWide] = {};

/// A tile's place in its image.
struct Place {
  int64_t image, y, x;  // of its first result
};

inline Place place_of(int64_t tile, const WinogradShape& s) {
  const int64_t in_image = tile % s.tiles();
  return {tile / s.tiles(), 4 * (in_image / s.tile_columns()), 4 * (in_image % s.tile_columns())};
}

/// A tile's pixels (null: zeros) transformed in both directions, into `out` of each of 36 planes.
template <int kSide, void (*kTransform)(const Vec (&)[kSide], Vec (&)[6])>
inline void transform_tile(const float* const (&pixels)[kSide][kSide], int64_t channels,
                           int64_t plane, float* out) {
  for (int64_t c = 0; c < channels; c += kWide) {
    Vec half[6][kSide];
    for (int64_t j = 0; j < kSide; ++j) {
      Vec d[kSide], t[6];
      for (int64_t i = 0; i < kSide; ++i) {
        d[i] = load_vec(pixels[i][j] == nullptr ? kZeros : pixels[i][j] + c);
      }
      kTransform(d, t);
      for (int64_t i = 0; i < 6; ++i) half[i][j] = t[i];
    }
    for (int64_t i = 0; i < 6; ++i) {
      Vec t[6];
      kTransform(half[i], t);
      for (int64_t j = 0; j < 6; ++j) store_vec(out + c + (6 * i + j) * plane, t[j]);
    }
  }
}

/// V: the tiles' 6x6 pixels, transformed, into planes.
void transform_images(const float* x, const WinogradShape& s, int64_t begin, int64_t end,
                      float* planes) {
  const int64_t plane = plane_of(end - begin, s.in);
  for (int64_t tile = begin; tile < end; ++tile) {
    const Place at = place_of(tile, s);
    const float* pixels[6][6];
    for (int64_t i = 0; i < 6; ++i) {
      for (int64_t j = 0; j < 6; ++j) {
        const int64_t row = at.y + i - s.pad, column = at.x + j - s.pad;
        const bool inside = row >= 0 && row < s.height && column >= 0 && column < s.width;
        pixels[i][j] =
            inside ? x + ((at.image * s.height + row) * s.width + column) * s.in : nullptr;
      }
    }
    transform_tile<6, input_transform<Vec>>(pixels, s.in, plane, planes + (tile - begin) * s.in);
  }
}

/// D: the tiles' 4x4 gradients, transformed; what lies beyond the edge counts as 0.
void transform_gradients(const float* dy, const WinogradShape& s, int64_t begin, int64_t end,
                         float* planes) {
  const int64_t plane = plane_of(end - begin, s.out);
  for (int64_t tile = begin; tile < end; ++tile) {
    const Place at = place_of(tile, s);
    const float* pixels[4][4];
    for (int64_t i = 0; i < 4; ++i) {
      for (int64_t j = 0; j < 4; ++j) {
        const int64_t row = at.y + i, column = at.x + j;
        pixels[i][j] =
            row < s.out_height() && column < s.out_width()
                ? dy + ((at.image * s.out_height() + row) * s.out_width() + column) * s.out
                : nullptr;
      }
    }
    transform_tile<4, gradient_transform<Vec>>(pixels, s.out, plane,
                                               planes + (tile - begin) * s.out);
  }
}

/// Results from their products' planes.
void gather_results(const float* planes, const float* bias, const WinogradShape& s, int64_t begin,
                    int64_t end, float* y) {
  const int64_t plane = plane_of(end - begin, s.out);
  const int64_t height = s.out_height(), width = s.out_width();
  for (int64_t tile = begin; tile < end; ++tile) {
    const Place at = place_of(tile, s);
    const int64_t rows = height - at.y < 4 ? height - at.y : 4;
    const int64_t columns = width - at.x < 4 ? width - at.x : 4;
    for (int64_t c = 0; c < s.out; c += kWide) {
      const float* in = planes + (tile - begin) * s.out + c;
      Vec half[4][6];
      for (int64_t j = 0; j < 6; ++j) {
        Vec m[6], t[4];
        for (int64_t i = 0; i < 6; ++i) m[i] = load_vec(in + (6 * i + j) * plane);
        output_transform(m, t);
        for (int64_t i = 0; i < 4; ++i) half[i][j] = t[i];
      }
      const Vec shift = bias == nullptr ? Vec{} : load_vec(bias + c);
      for (int64_t i = 0; i < rows; ++i) {
        Vec t[4];
        output_transform(half[i], t);
        float* row = y + ((at.image * height + at.y + i) * width + at.x) * s.out + c;
        for (int64_t j = 0; j < columns; ++j) store_vec(row + j * s.out, t[j] + shift);
      }
    }
  }
}

/// Rows and vectors of a product's block: twelve sums, two vectors of b and a factor in registers.
constexpr int kRows = 6;

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
                         const float* b, int64_t b_step, int64_t depth, float* c, int64_t c_row) {
  for (; rows >= kRows; rows -= kRows) {
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
                    const float* b, int64_t depth, float* c) {
  int64_t k = 0;
  for (; k + 2 * kWide <= columns; k += 2 * kWide) {
    product_rows<2, kAdd>(rows, a, a_row, a_step, b + k, columns, depth, c + k, columns);
  }
  if (k < columns) {
    product_rows<1, kAdd>(rows, a, a_row, a_step, b + k, columns, depth, c + k, columns);
  }
}

/// Pairs of channels, eight at a time: a plane of weights is [in, out] or [out, in].
void transform_weights(const float* w, int64_t plane, bool turned, float* u) {
  for (int64_t at = 0; at < plane; at += kWide) {
    Vec half[6][3];
    for (int64_t j = 0; j < 3; ++j) {
      Vec g[3], t[6];
      for (int64_t i = 0; i < 3; ++i) {
        g[i] = load_vec(w + (turned ? 3 * (2 - i) + 2 - j : 3 * i + j) * plane + at);
      }
      weight_transform(g, t);
      for (int64_t i = 0; i < 6; ++i) half[i][j] = t[i];
    }
    for (int64_t i = 0; i < 6; ++i) {
      Vec t[6];
      weight_transform(half[i], t);
      for (int64_t j = 0; j < 6; ++j) store_vec(u + (6 * i + j) * plane + at, t[j]);
    }
  }
}

void convolve(const float* x, const float* u, const float* bias, const WinogradShape& s,
              int64_t begin, int64_t end, float* y, float* scratch) {
  const int64_t tiles = end - begin;
  const int64_t in_plane = plane_of(tiles, s.in), out_plane = plane_of(tiles, s.out);
  float* images = scratch;
  float* products = scratch + kTile * in_plane;
  transform_images(x, s, begin, end, images);
  for (int64_t i = 0; i < kTile; ++i) {
    product<false>(tiles, s.out, images + i * in_plane, s.in, 1, u + i * s.in * s.out, s.in,
                   products + i * out_plane);
  }
  gather_results(products, bias, s, begin, end, y);
}

void weight_sums(const float* x, const float* dy, const WinogradShape& s, int64_t begin,
                 int64_t end, float* du, float* scratch) {
  const int64_t tiles = end - begin;
  const int64_t in_plane = plane_of(tiles, s.in), out_plane = plane_of(tiles, s.out);
  float* images = scratch;
  float* gradients = scratch + kTile * in_plane;
  transform_images(x, s, begin, end, images);
  transform_gradients(dy, s, begin, end, gradients);
  for (int64_t i = 0; i < kTile; ++i) {
    product<true>(s.in, s.out, images + i * in_plane, 1, s.in, gradients + i * out_plane, tiles,
                  du + i * s.in * s.out);
  }
}

void weight_gradient(const float* du, int64_t plane, float* dw) {
  for (int64_t at = 0; at < plane; at += kWide) {
    Vec half[3][6];
    for (int64_t j = 0; j < 6; ++j) {
      Vec t[6], g[3];
      for (int64_t i = 0; i < 6; ++i) t[i] = load_vec(du + (6 * i + j) * plane + at);
      weight_gradient_transform(t, g);
      for (int64_t i = 0; i < 3; ++i) half[i][j] = g[i];
    }
    for (int64_t i = 0; i < 3; ++i) {
      Vec g[3];
      weight_gradient_transform(half[i], g);
      for (int64_t j = 0; j < 3; ++j) store_vec(dw + (3 * i + j) * plane + at, g[j]);
    }
  }
}

}  // namespace

extern const WinogradKernels GRADUS_WINOGRAD_TABLE = {transform_weights, convolve, weight_sums,
                                                      weight_gradient};

}  // namespace gradus::worker::engine
