#pragma once

// Convolutions of 3x3 by Winograd's minimal filtering F(4x4, 3x3): 36 products for 16 results
// instead of 144 (Lavin, Gray: "Fast algorithms for convolutional neural networks", 2015). As
// kernels.hpp, compiled once a kind of machine, and including no library.

#include <stdint.h>

namespace gradus::worker::engine {

/// Values of a transformed tile of 6x6.
inline constexpr int64_t kTile = 36;

/// A convolution of 3x3 with stride 1 over images [H, W, in] to images [H', W', out], channels
/// multiples of eight, H' = H + 2·pad − 2. Results are computed in tiles of 4x4.
struct WinogradShape {
  int64_t height, width, in, out, pad;

  int64_t out_height() const { return height + 2 * pad - 2; }
  int64_t out_width() const { return width + 2 * pad - 2; }
  int64_t tile_rows() const { return (out_height() + 3) / 4; }
  int64_t tile_columns() const { return (out_width() + 3) / 4; }
  int64_t tiles() const { return tile_rows() * tile_columns(); }  ///< of one image
};

/// Tiles [begin, end) of a batch (counted over all images), and to where the ones that most likely
/// follow go: their memory is fetched meanwhile.
struct WinogradBlock {
  int64_t begin, end, next;
};

/// Loops over images of one number format; `Number` is float or the 16 bits of a bfloat16.
template <class Number>
struct WinogradLoops {
  /// A block of y = x * w + bias (null: none).
  void (*convolve)(const Number* x, const float* u, const float* bias, const WinogradShape& shape,
                   const WinogradBlock& block, Number* y, float* scratch);
  /// du [36, in, out] += what a block gives to the weights' gradient, transformed.
  void (*weight_sums)(const Number* x, const Number* dy, const WinogradShape& shape,
                      const WinogradBlock& block, float* du, float* scratch);
};

struct WinogradKernels {
  int64_t lanes;  ///< channels, in and out, are a multiple of it
  int64_t sums;   ///< a block's tiles should be a multiple of it, or registers are left unused
  /// u [36, plane] of the weights [3, 3, plane], a plane being [in, out]; where gradients are led
  /// back it is [out, in], and the window is `turned` by half a turn. Multiples of `lanes`.
  void (*weights)(const float* w, int64_t plane, bool turned, float* u);
  /// dw [3, 3, plane] from its transform [36, plane].
  void (*weight_gradient)(const float* du, int64_t plane, float* dw);
  WinogradLoops<float> single;
  WinogradLoops<uint16_t> bfloat16;
};

/// Floats of scratch for a block of `tiles` tiles.
inline int64_t winograd_scratch(const WinogradShape& shape, int64_t tiles) {
  const int64_t strip = 6 * (4 * shape.tile_columns() + 2) * shape.in;
  return kTile * (tiles * (shape.in + shape.out) + 2 * 16) + strip;
}

#if defined(__x86_64__)
extern const WinogradKernels kAvx2Winograd, kAvx512Winograd;
#endif

}  // namespace gradus::worker::engine
