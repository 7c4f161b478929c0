#pragma once

// Loops of convolutions whose images have few channels: a network's first, on colours. The
// results of one pixel make vectors, so nothing is lost on the three channels that go in. Compiled
// for machines with AVX2 and FMA and for those with AVX-512; includes no library, for the reason
// that kernels.hpp names.

#include <stdint.h>

namespace gradus::worker::engine {

constexpr int64_t kThinPoints = 8, kThinTile = 4;

/// A convolution with stride 1 over an image [height, width, in], its padding included, to
/// [height - window + 1, width - window + 1, out]; `out` a multiple of eight. `together` (1 or 2)
/// neighbours of a row are computed as one pixel of `together` times as many channels, through a
/// window that is wider by one pixel and has a zero at its end for the first of two, at its start
/// for the second: a fifth more products at a window of five, for vectors that are full.
/// `tiled`: a window of five by Winograd's algorithm along the rows, kThinTile results at a time
/// from kThinPoints products in place of twenty; `together` is 1 then.
struct ThinShape {
  int64_t height, width, in, out, window;
  int64_t together = 1;  ///< divides width - window + 1
  bool tiled = false;
  int64_t out_height() const { return height - window + 1; }
  int64_t out_width() const { return (width - window + 1) / together; }
  /// Channels of what is computed as one pixel.
  int64_t channels() const { return together * out; }
  /// Numbers of a window's row.
  int64_t run() const { return (window + together - 1) * in; }
  int64_t tiles() const { return (out_width() + kThinTile - 1) / kThinTile; }  ///< of a row
  /// Weights as the loops take them.
  int64_t weights() const {
    return tiled ? kThinPoints * window * in * out : window * run() * channels();
  }
};

/// Rows of results that are worked on together, in vectors of so many numbers altogether: their
/// products take half of a first-level cache.
inline int64_t thin_strip_rows(const ThinShape& s, int64_t numbers) {
  constexpr int64_t kFloats = 4096;
  const int64_t fit = kFloats / (kThinPoints * numbers * s.tiles());
  return fit < 1 ? 1 : fit;
}

// What tiles need of scratch memory, with room for a vector at each end.
inline int64_t thin_point_room(const ThinShape& s) { return s.height * s.tiles() * s.in + 16; }
inline int64_t thin_spread_room(const ThinShape& s) { return (s.tiles() + 1) * s.in + 16; }
inline int64_t thin_scratch(const ThinShape& s) {
  constexpr int64_t kMostNumbers = 32, kStrip = 4096;  // of two vectors; of thin_strip_rows()
  const int64_t row = kThinPoints * kMostNumbers * s.tiles();
  return kThinPoints * thin_point_room(s) + kThinTile * thin_spread_room(s) +
         (row < kStrip ? kStrip : row);
}

/// Channels of an image that these loops are made for.
inline bool thin(int64_t channels) { return channels == 1 || channels == 3; }

/// Loops for results of one number format; `Number` is float or the 16 bits of a bfloat16. Shapes
/// that are tiled go to those that say so, with thin_scratch() floats of room.
template <class Number>
struct ThinLoops {
  /// y = b + x * w for one image; `w` [window, run, channels], `b` [channels].
  void (*convolve)(const float* x, const float* w, const float* b, const ThinShape& shape,
                   Number* y);
  /// dw += what one image gives; `dw` as `w`.
  void (*weight_sums)(const float* x, const Number* dy, const ThinShape& shape, float* dw);
  void (*convolve_tiles)(const float* x, const float* u, const float* b, const ThinShape& shape,
                         Number* y, float* scratch);
  void (*weight_sums_tiles)(const float* x, const Number* dy, const ThinShape& shape, float* du,
                            float* scratch);
};

struct ThinKernels {
  int64_t lanes;  ///< channels() is a multiple of it
  /// u [kThinPoints, window, in, out] of the weights [window, window, in, out].
  void (*tile_weights)(const float* w, const ThinShape& shape, float* u);
  /// The way back of a gradient du.
  void (*tile_weight_gradient)(const float* du, const ThinShape& shape, float* dw);
  ThinLoops<float> single;
  ThinLoops<uint16_t> bfloat16;
};

#if defined(__x86_64__)
extern const ThinKernels kAvx2Thin, kAvx512Thin;
#endif

}  // namespace gradus::worker::engine
