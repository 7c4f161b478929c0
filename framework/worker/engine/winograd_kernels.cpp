// Compiled for one kind of machine, with GRADUS_WINOGRAD_TABLE set by CMakeLists.txt.
#include "framework/worker/engine/winograd_kernels.hpp"

#include "framework/worker/engine/winograd_product.hpp"

namespace gradus::worker::engine {
namespace {

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
inline void weight_transform(const Lanes (&g)[3], Lanes (&u)[6]) {
  const Lanes sum = g[0] + g[2];
  const Lanes wide = g[0] + 4.0F * g[2];
  u[0] = g[0] * (1 / 4.0F);
  u[1] = (sum + g[1]) * (-1 / 6.0F);
  u[2] = (sum - g[1]) * (-1 / 6.0F);
  u[3] = (wide + 2.0F * g[1]) * (1 / 24.0F);
  u[4] = (wide - 2.0F * g[1]) * (1 / 24.0F);
  u[5] = g[2];
}

/// Gᵀu: its transpose.
inline void weight_gradient_transform(const Lanes (&u)[6], Lanes (&g)[3]) {
  const Lanes low = (u[1] + u[2]) * (-1 / 6.0F), high = (u[3] + u[4]) * (1 / 24.0F);
  g[0] = u[0] * (1 / 4.0F) + low + high;
  g[1] = (u[2] - u[1]) * (1 / 6.0F) + (u[3] - u[4]) * (1 / 12.0F);
  g[2] = low + 4.0F * high + u[5];
}

alignas(64) const float kZeros[kWide] = {};  // of any number format

template <class Number>
inline const Number* zeros() {
  return reinterpret_cast<const Number*>(kZeros);
}

/// Neighbouring tiles of one image's row of tiles, and the place of the first among all tiles.
struct Strip {
  int64_t image, y, first, last, tile;
};

/// Calls work(strip) for the strips of tiles [begin, end).
template <class Work>
inline void in_strips(const WinogradShape& s, int64_t begin, int64_t end, const Work& work) {
  while (begin < end) {
    const int64_t in_image = begin % s.tiles(), first = in_image % s.tile_columns();
    const int64_t left = s.tile_columns() - first, count = end - begin < left ? end - begin : left;
    work(Strip{begin / s.tiles(), 4 * (in_image / s.tile_columns()), first, first + count, begin});
    begin += count;
  }
}

/// The first direction of an image's transform: six rows of pixels (null: zeros) become six others,
/// `count` numbers each, `apart` numbers apart.
template <class Number>
inline void transform_rows(const Number* const (&rows)[6], int64_t count, float* out,
                           int64_t apart) {
  const Number* from[6];
  int64_t moves[6];  // all bits or none: a row of zeros is one vector
  for (int64_t i = 0; i < 6; ++i) {
    from[i] = rows[i] == nullptr ? zeros<Number>() : rows[i];
    moves[i] = rows[i] == nullptr ? 0 : -1;
  }
  for (int64_t at = 0; at < count; at += kWide) {
    Lanes d[6], t[6];
    for (int64_t i = 0; i < 6; ++i) d[i] = load(from[i] + (at & moves[i]));
    input_transform(d, t);
    for (int64_t i = 0; i < 6; ++i) store(out + i * apart + at, t[i]);
  }
}

/// V: the tiles' 6x6 pixels, transformed, into planes. Tiles overlap by two pixels: the first
/// direction is done for all tiles of a strip at once, into `strips`.
template <class Number>
void transform_images(const Number* x, const WinogradShape& s, int64_t begin, int64_t end,
                      float* planes, float* strips) {
  const int64_t plane = plane_of(end - begin, s.in);
  in_strips(s, begin, end, [&](const Strip& strip) {
    const int64_t from = 4 * strip.first - s.pad, columns = 4 * (strip.last - strip.first) + 2;
    const int64_t left = from < 0 ? -from : 0;
    const int64_t right = from + columns < s.width ? columns : s.width - from;
    const int64_t apart = columns * s.in;
    const Number* rows[6];
    for (int64_t i = 0; i < 6; ++i) {
      const int64_t row = strip.y + i - s.pad;
      const bool inside = row >= 0 && row < s.height;
      rows[i] =
          inside ? x + ((strip.image * s.height + row) * s.width + from + left) * s.in : nullptr;
      for (int64_t at = 0; at < left * s.in; at += kWide) store(strips + i * apart + at, Lanes{});
      for (int64_t at = right * s.in; at < apart; at += kWide) {
        store(strips + i * apart + at, Lanes{});
      }
    }
    transform_rows(rows, (right - left) * s.in, strips + left * s.in, apart);
    float* out = planes + (strip.tile - begin) * s.in;
    for (int64_t tile = 0; tile < strip.last - strip.first; ++tile, out += s.in) {
      for (int64_t c = 0; c < s.in; c += kWide) {
        for (int64_t i = 0; i < 6; ++i) {
          Lanes d[6], t[6];
          const float* in = strips + i * apart + 4 * tile * s.in + c;
          for (int64_t j = 0; j < 6; ++j) d[j] = load(in + j * s.in);
          input_transform(d, t);
          for (int64_t j = 0; j < 6; ++j) store(out + c + (6 * i + j) * plane, t[j]);
        }
      }
    }
  });
}

/// What of a tile's 4x4 results lies in the image.
struct Part {
  int64_t rows, columns;
  bool whole() const { return rows == 4 && columns == 4; }
};

/// Calls work(tile, first pixel's number, part) for tiles [begin, end) of results; pixels are
/// counted over all images.
template <class Work>
inline void for_results(const WinogradShape& s, int64_t begin, int64_t end, const Work& work) {
  const int64_t height = s.out_height(), width = s.out_width();
  in_strips(s, begin, end, [&](const Strip& strip) {
    const int64_t rows = height - strip.y < 4 ? height - strip.y : 4;
    for (int64_t column = strip.first; column < strip.last; ++column) {
      const int64_t left = width - 4 * column;
      work(strip.tile + column - strip.first, (strip.image * height + strip.y) * width + 4 * column,
           Part{rows, left < 4 ? left : 4});
    }
  });
}

/// One tile's 4x4 gradients; what lies beyond the edge counts as 0.
template <bool kWhole, class Number>
inline void transform_gradient(const Number* dy, const WinogradShape& s, const Part& part,
                               int64_t plane, float* out) {
  const int64_t row = s.out_width() * s.out;
  for (int64_t c = 0; c < s.out; c += kWide) {
    Lanes half[6][4];
    for (int64_t j = 0; j < 4; ++j) {
      Lanes d[4], t[6];
      for (int64_t i = 0; i < 4; ++i) {
        const bool inside = kWhole || (i < part.rows && j < part.columns);
        d[i] = load(inside ? dy + i * row + j * s.out + c : zeros<Number>());
      }
      gradient_transform(d, t);
      for (int64_t i = 0; i < 6; ++i) half[i][j] = t[i];
    }
    for (int64_t i = 0; i < 6; ++i) {
      Lanes t[6];
      gradient_transform(half[i], t);
      for (int64_t j = 0; j < 6; ++j) store(out + c + (6 * i + j) * plane, t[j]);
    }
  }
}

/// D: the tiles' 4x4 gradients, transformed, into planes.
template <class Number>
void transform_gradients(const Number* dy, const WinogradShape& s, int64_t begin, int64_t end,
                         float* planes) {
  const int64_t plane = plane_of(end - begin, s.out);
  for_results(s, begin, end, [&](int64_t tile, int64_t pixel, const Part& part) {
    const Number* from = dy + pixel * s.out;
    float* out = planes + (tile - begin) * s.out;
    return part.whole() ? transform_gradient<true>(from, s, part, plane, out)
                        : transform_gradient<false>(from, s, part, plane, out);
  });
}

/// One tile's results from its products.
template <bool kWhole, class Number>
inline void gather_result(const float* in, const float* bias, const WinogradShape& s,
                          const Part& part, int64_t plane, Number* y) {
  const int64_t rows = kWhole ? 4 : part.rows, columns = kWhole ? 4 : part.columns;
  for (int64_t c = 0; c < s.out; c += kWide) {
    Lanes half[4][6];
    for (int64_t j = 0; j < 6; ++j) {
      Lanes m[6], t[4];
      for (int64_t i = 0; i < 6; ++i) m[i] = load(in + c + (6 * i + j) * plane);
      output_transform(m, t);
      for (int64_t i = 0; i < 4; ++i) half[i][j] = t[i];
    }
    const Lanes shift = bias == nullptr ? Lanes{} : load(bias + c);
    for (int64_t i = 0; i < rows; ++i) {
      Lanes t[4];
      output_transform(half[i], t);
      Number* row = y + i * s.out_width() * s.out + c;
      for (int64_t j = 0; j < columns; ++j) store(row + j * s.out, t[j] + shift);
    }
  }
}

/// Results from their products' planes.
template <class Number>
void gather_results(const float* planes, const float* bias, const WinogradShape& s, int64_t begin,
                    int64_t end, Number* y) {
  const int64_t plane = plane_of(end - begin, s.out);
  for_results(s, begin, end, [&](int64_t tile, int64_t pixel, const Part& part) {
    const float* in = planes + (tile - begin) * s.out;
    Number* to = y + pixel * s.out;
    return part.whole() ? gather_result<true>(in, bias, s, part, plane, to)
                        : gather_result<false>(in, bias, s, part, plane, to);
  });
}

/// Pairs of channels, eight at a time: a plane of weights is [in, out] or [out, in].
void transform_weights(const float* w, int64_t plane, bool turned, float* u) {
  for (int64_t at = 0; at < plane; at += kWide) {
    Lanes half[6][3];
    for (int64_t j = 0; j < 3; ++j) {
      Lanes g[3], t[6];
      for (int64_t i = 0; i < 3; ++i) {
        g[i] = load(w + (turned ? 3 * (2 - i) + 2 - j : 3 * i + j) * plane + at);
      }
      weight_transform(g, t);
      for (int64_t i = 0; i < 6; ++i) half[i][j] = t[i];
    }
    for (int64_t i = 0; i < 6; ++i) {
      Lanes t[6];
      weight_transform(half[i], t);
      for (int64_t j = 0; j < 6; ++j) store(u + (6 * i + j) * plane + at, t[j]);
    }
  }
}

/// The rows of images [height, width, channels] that the rows of tiles with tiles [begin, end)
/// start in: their pixels, but for the one or two rows beyond.
template <class Number>
inline Ahead::Range range_of(const Number* images, const WinogradShape& s, int64_t height,
                             int64_t width, int64_t channels, int64_t begin, int64_t end) {
  const auto start = [&](int64_t tile) {
    const int64_t strip = tile / s.tile_columns();
    const int64_t row = height * (strip / s.tile_rows()) + 4 * (strip % s.tile_rows());
    return reinterpret_cast<const char*>(images + row * width * channels);
  };
  return {start(begin), start(end)};
}

template <class Number>
inline Ahead::Range inputs(const Number* x, const WinogradShape& s, int64_t begin, int64_t end) {
  return range_of(x, s, s.height, s.width, s.in, begin, end);
}

template <class Number>
inline Ahead::Range results(const Number* y, const WinogradShape& s, int64_t begin, int64_t end) {
  return range_of(y, s, s.out_height(), s.out_width(), s.out, begin, end);
}

template <class Number>
void convolve(const Number* x, const float* u, const float* bias, const WinogradShape& s,
              const WinogradBlock& block, Number* y, float* scratch) {
  const auto [begin, end, next] = block;
  const int64_t tiles = end - begin;
  const int64_t in_plane = plane_of(tiles, s.in), out_plane = plane_of(tiles, s.out);
  float* images = scratch;
  float* products = scratch + kTile * in_plane;
  transform_images(x, s, begin, end, images, products + kTile * out_plane);
  Ahead ahead(inputs(x, s, end, next), results(y, s, begin, end), kTile * tiles * (s.out / kWide));
  for (int64_t i = 0; i < kTile; ++i) {
    tiles_product(tiles, s.out, s.in, images + i * in_plane, u + i * s.in * s.out,
                  products + i * out_plane, ahead);
  }
  gather_results(products, bias, s, begin, end, y);
}

template <class Number>
void weight_sums(const Number* x, const Number* dy, const WinogradShape& s,
                 const WinogradBlock& block, float* du, float* scratch) {
  const auto [begin, end, next] = block;
  const int64_t tiles = end - begin;
  const int64_t in_plane = plane_of(tiles, s.in), out_plane = plane_of(tiles, s.out);
  float* images = scratch;
  float* gradients = scratch + kTile * in_plane;
  transform_images(x, s, begin, end, images, gradients + kTile * out_plane);
  transform_gradients(dy, s, begin, end, gradients);
  Ahead ahead(inputs(x, s, end, next), results(dy, s, end, next), kTile * s.in * (s.out / kWide));
  for (int64_t i = 0; i < kTile; ++i) {
    add_channels_product(tiles, s.out, s.in, images + i * in_plane, gradients + i * out_plane,
                         du + i * s.in * s.out, ahead);
  }
}

void weight_gradient(const float* du, int64_t plane, float* dw) {
  for (int64_t at = 0; at < plane; at += kWide) {
    Lanes half[3][6];
    for (int64_t j = 0; j < 6; ++j) {
      Lanes t[6], g[3];
      for (int64_t i = 0; i < 6; ++i) t[i] = load(du + (6 * i + j) * plane + at);
      weight_gradient_transform(t, g);
      for (int64_t i = 0; i < 3; ++i) half[i][j] = g[i];
    }
    for (int64_t i = 0; i < 3; ++i) {
      Lanes g[3];
      weight_gradient_transform(half[i], g);
      for (int64_t j = 0; j < 3; ++j) store(dw + (3 * i + j) * plane + at, g[j]);
    }
  }
}

}  // namespace

extern const WinogradKernels GRADUS_WINOGRAD_TABLE = {kWide,
                                                      kSums,
                                                      transform_weights,
                                                      weight_gradient,
                                                      {convolve<float>, weight_sums<float>},
                                                      {convolve<uint16_t>, weight_sums<uint16_t>}};

}  // namespace gradus::worker::engine
