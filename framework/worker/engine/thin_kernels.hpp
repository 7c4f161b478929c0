#pragma once

// Loops of convolutions whose images have few channels: a network's first, on colours. The
// results of one pixel make vectors, so nothing is lost on the three channels that go in. Compiled
// for machines with AVX2 and FMA and for those with AVX-512; includes no library, for the reason
// that kernels.hpp names.

#include <stdint.h>

namespace gradus::worker::engine {

/// A convolution with stride 1 over an image [height, width, in], its padding included, to
/// [height - window + 1, width - window + 1, out]; `out` a multiple of eight. `together` (1 or 2)
/// neighbours of a row are computed as one pixel of `together` times as many channels, through a
/// window that is wider by one pixel and has a zero at its end for the first of two, at its start
/// for the second: a fifth more products at a window of five, for vectors that are full.
struct ThinShape {
  int64_t height, width, in, out, window;
  int64_t together = 1;  ///< divides width - window + 1
  int64_t out_height() const { return height - window + 1; }
  int64_t out_width() const { return (width - window + 1) / together; }
  /// Channels of what is computed as one pixel.
  int64_t channels() const { return together * out; }
  /// Numbers of a window's row.
  int64_t run() const { return (window + together - 1) * in; }
};

/// Channels of an image that these loops are made for.
inline bool thin(int64_t channels) { return channels == 1 || channels == 3; }

/// Loops for results of one number format; `Number` is float or the 16 bits of a bfloat16.
template <class Number>
struct ThinLoops {
  /// y = b + x * w for one image; `w` [window, run, channels], `b` [channels].
  void (*convolve)(const float* x, const float* w, const float* b, const ThinShape& shape,
                   Number* y);
  /// dw += what one image gives; `dw` as `w`.
  void (*weight_sums)(const float* x, const Number* dy, const ThinShape& shape, float* dw);
};

struct ThinKernels {
  int64_t lanes;  ///< channels() is a multiple of it
  ThinLoops<float> single;
  ThinLoops<uint16_t> bfloat16;
};

#if defined(__x86_64__)
extern const ThinKernels kAvx2Thin, kAvx512Thin;
#endif

}  // namespace gradus::worker::engine
