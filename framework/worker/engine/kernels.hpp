#pragma once

// Loops of the engine over channels-last images, compiled once for every machine and once more each
// for machines with AVX2 and FMA and for those with AVX-512. The file that holds them includes
// nothing but this: an inline function of a library, compiled with AVX2 and merged by the linker
// with its plain twin, would crash on a machine without.

#include <stdint.h>

namespace gradus::worker::engine {

/// Channels are treated eight at a time; other numbers of channels are LibTorch's business.
inline constexpr int64_t kLanes = 8;

/// A window of a max pool over images [H, W, C]. Cells of a window count row by row from 0, those
/// in the padding included, at most 255 of them.
struct PoolShape {
  int64_t height, width, channels;           ///< of the input
  int64_t out_height, out_width;             ///< of the output
  int64_t kernel_h, kernel_w;                ///< of the window
  int64_t stride_h, stride_w, pad_h, pad_w;  ///< in pixels
};

/// Loops for one number format. `Number` is float or the 16 bits of a bfloat16; `rows` counts
/// pixels (N·H·W), `channels` is a multiple of the table's `lanes`; `count` may be any.
template <class Number>
struct Kernels {
  /// sum[c] += Σ (x − shift[c]), square[c] += Σ (x − shift[c])², in double precision.
  void (*moments)(const Number* x, int64_t rows, int64_t channels, const float* shift, double* sum,
                  double* square);
  /// y = scale[c] · x + shift[c]
  void (*affine)(const Number* x, int64_t rows, int64_t channels, const float* scale,
                 const float* shift, Number* y);
  /// sum[c] += Σ dy, product[c] += Σ dy · (x − mean[c]), in double precision.
  void (*gradient_sums)(const Number* dy, const Number* x, int64_t rows, int64_t channels,
                        const float* mean, double* sum, double* product);
  /// dx = a[c] · dy + b[c] · (x − mean[c]) + d[c]
  void (*gradient)(const Number* dy, const Number* x, int64_t rows, int64_t channels,
                   const float* a, const float* b, const float* mean, const float* d, Number* dx);
  /// One image. `cell` (null: not wanted) gets which cell of its window each maximum came from; the
  /// first of equal ones, and NaN before all else, as LibTorch does.
  void (*pool)(const Number* x, const PoolShape& shape, Number* y, uint8_t* cell);
  /// One image's gradient of `pool`. Windows may overlap; `dx` need not be initialised.
  void (*pool_gradient)(const Number* dy, const uint8_t* cell, const PoolShape& shape, Number* dx);
  /// y = max(x, 0); NaN stays NaN.
  void (*rectify)(const Number* x, int64_t count, Number* y);
  /// dx = dy, or 0 where y <= 0.
  void (*rectify_gradient)(const Number* dy, const Number* y, int64_t count, Number* dx);
  /// sum = a + b; may be written over one of them.
  void (*add)(const Number* a, const Number* b, int64_t count, Number* sum);
};

struct KernelTable {
  const char* name;  ///< "baseline", "avx2", "avx512"
  int64_t lanes;     ///< numbers of a vector
  Kernels<float> single;
  Kernels<uint16_t> bfloat16;
};

extern const KernelTable kBaselineKernels;
#if defined(__x86_64__)
extern const KernelTable kAvx2Kernels, kAvx512Kernels;
#endif

/// Whether this machine has AVX2 and FMA.
bool has_avx2();

/// Whether it has AVX-512 with byte and word, double and quadword and 256-bit instructions (what
/// every processor with AVX-512 but the first has), and runs the loops made for it.
bool has_avx512();

/// The best table that this machine can run, for channels in multiples of kLanes.
const KernelTable& kernels(int64_t channels);

}  // namespace gradus::worker::engine
