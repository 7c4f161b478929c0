#pragma once

// Convolutions of bfloat16 images on a processor's matrix unit (Intel's AMX: registers that hold a
// matrix of sixteen rows of 64 bytes, and one instruction for a product of two). Numbers are
// multiplied as they are and summed in single precision, as LibTorch's own are. As kernels.hpp,
// including no library; compiled once for that unit and once, for tests, with its instructions
// written out in plain loops.
//
// Weights lie as [out, window, window, in] (channels-last), channels are multiples of sixteen.

#include <stdint.h>

namespace gradus::worker::engine {

/// Rows and columns of a matrix of sums.
inline constexpr int64_t kAmxSide = 16;
/// Numbers that a row of factors holds: so many products make one sum.
inline constexpr int64_t kAmxDepth = 32;

inline constexpr int64_t amx_round_up(int64_t count, int64_t to) {
  return (count + to - 1) / to * to;
}

/// Results [rows, columns, out] of windows [window_rows, window_columns] that move by `stride` over
/// an image [height, width, in], which lies in `padded` rows of `pitch` pixels, `top` rows and
/// `left` pixels from their beginning. `row` and `step` are the distances of neighbouring results
/// in memory, in numbers.
struct AmxConvolution {
  int64_t height, width, in, out;
  int64_t window_rows, window_columns, stride;
  int64_t padded, pitch, top, left;
  int64_t rows, columns, row, step;

  int64_t scratch() const { return padded * pitch * in; }
  /// A window's row lies in one piece.
  int64_t run() const { return window_columns * in; }
  int64_t depth_steps() const { return (run() + kAmxDepth - 1) / kAmxDepth; }
  /// Numbers of the packed weights: [out / 16, window_rows, depth_steps, 16, 16, 2], the last of
  /// them two neighbours of a run, zeros beyond its end.
  int64_t packed() const { return out * window_rows * depth_steps() * kAmxDepth; }
};

/// Which of a window's places touch a pixel, where windows move by `stride`: `row` + i · stride,
/// and the same for columns.
struct AmxPlaces {
  int64_t window, stride, row, column;
};

/// The gradient of square windows' weights, from images [height, width, in] (not padded) and `rows`
/// rows of gradients [·, columns, out]. Padded images are taken apart into stride² planes, in which
/// the windows of neighbouring results lie side by side; positions count a plane's pixels.
struct AmxGradient {
  int64_t height, width, in, out;
  int64_t window, stride, pad;
  int64_t rows, columns;

  int64_t planes() const { return stride * stride; }
  /// Positions in a plane's row, an even number, and in all that results have, gaps included.
  int64_t pitch() const { return amx_round_up((width + 2 * pad + stride - 1) / stride, 2); }
  int64_t positions() const { return amx_round_up((rows - 1) * pitch() + columns, kAmxDepth); }
  /// Rows of a plane that results touch, and its positions: those of results, moved to the window's
  /// last place.
  int64_t plane_rows() const { return rows + (window - 1) / stride; }
  int64_t kept() const {
    const int64_t moved = positions() + (window - 1) / stride * (pitch() + 1);
    const int64_t all = plane_rows() * pitch();
    return moved > all ? moved : all;
  }
  /// Numbers of scratch: positions' pairs, and gradients.
  int64_t pairs_scratch() const { return 2 * planes() * kept() * in; }
  int64_t gradient_scratch() const { return positions() * out; }
  /// Sums: [out / 16, window, window, in / 16, 16 of out, 16 of in].
  int64_t sums() const { return window * window * in * out; }
};

/// Images and gradients that will be arranged next: numbers in memory, [begin, end).
struct AmxNext {
  const uint16_t *images, *images_end, *gradients, *gradients_end;
};

struct AmxKernels {
  /// The weights for convolve(): of a convolution, whose window is that of the shape,
  void (*pack)(const uint16_t* weights, const AmxConvolution& shape, uint16_t* packed);
  /// and for the way back of a gradient: `shape` names the weights' outputs as its `in`, and their
  /// inputs as its `out`.
  void (*pack_back)(const uint16_t* weights, const AmxConvolution& shape, const AmxPlaces& places,
                    uint16_t* packed);
  /// y of one image x; `bias` [out] or null. `scratch` starts as zeros, and may be used for other
  /// images afterwards.
  void (*convolve)(const uint16_t* x, const uint16_t* packed, const float* bias,
                   const AmxConvolution& shape, uint16_t* y, uint16_t* scratch);
  /// Lays out image x, and its gradient dy from row `first` on (shape.rows of them, or fewer to the
  /// last of `all`), for sum_weights(). `pairs` starts as zeros, and may be used for other images
  /// afterwards.
  void (*arrange)(const uint16_t* x, const uint16_t* dy, int64_t first, int64_t all,
                  const AmxGradient& shape, uint16_t* pairs, uint16_t* gradients);
  /// sums += what `count` arranged ones give. What is `next` is fetched from memory meanwhile.
  void (*sum_weights)(const uint16_t* pairs, const uint16_t* gradients, int64_t count,
                      const AmxGradient& shape, const AmxNext& next, float* sums);
  /// The gradient [out, window, window, in], from `parts` sums.
  void (*finish)(const float* sums, int64_t parts, const AmxGradient& shape, uint16_t* dw);
};

#if defined(__x86_64__)
extern const AmxKernels kAmxKernels;
#endif

}  // namespace gradus::worker::engine
