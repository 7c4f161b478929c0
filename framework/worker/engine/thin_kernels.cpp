// Compiled for one kind of machine, with GRADUS_THIN_TABLE set by CMakeLists.txt.
#include "framework/worker/engine/thin_kernels.hpp"

#include "framework/worker/engine/lanes.hpp"
#include "framework/worker/engine/thin_parts.hpp"
#include "framework/worker/engine/thin_tiles.hpp"

namespace gradus::worker::engine {
namespace {

/// kPixels neighbours of a row, kStep numbers of the image apart, kVecs · kWide channels of them.
template <int kStep, int kVecs, int kPixels, class Number>
inline void pixels(const float* x, const float* w, const float* b, const ThinShape& s, Number* y) {
  Lanes sums[kPixels][kVecs];
  for (int v = 0; v < kVecs; ++v) {
    const Lanes bias = load(b + v * kWide);
    for (int p = 0; p < kPixels; ++p) sums[p][v] = bias;
  }
  for (int64_t row = 0; row < s.window; ++row) {
    const float* from = x + row * s.width * s.in;
    for (int64_t t = 0; t < s.run(); ++t, w += s.channels()) {
      Lanes line[kVecs];
      for (int v = 0; v < kVecs; ++v) line[v] = load(w + v * kWide);
      for (int p = 0; p < kPixels; ++p) {
        for (int v = 0; v < kVecs; ++v) sums[p][v] += from[t + p * kStep] * line[v];
      }
    }
  }
  for (int p = 0; p < kPixels; ++p) {
    for (int v = 0; v < kVecs; ++v) store(y + p * s.channels() + v * kWide, sums[p][v]);
  }
}

template <int kStep, int kVecs, class Number>
inline void channels(const float* x, const float* w, const float* b, const ThinShape& s,
                     Number* y) {
  constexpr int kMost = kSums / kVecs;
  for (int64_t row = 0; row < s.out_height(); ++row) {
    in_even_parts(s.out_width(), kMost, [&](int64_t column, int count) {
      with_count<kMost>(count, [&]<int kPixels>() {
        pixels<kStep, kVecs, kPixels>(x + row * s.width * s.in + column * kStep, w, b, s,
                                      y + (row * s.out_width() + column) * s.channels());
      });
    });
  }
}

/// kCount numbers of one row of a window, from number `first` on.
template <int kStep, int kVecs, int kCount, class Number>
inline void sums_of(const float* x, const Number* dy, const ThinShape& s, float* dw) {
  Lanes sums[kCount][kVecs]{};
  for (int64_t row = 0; row < s.out_height(); ++row) {
    const float* from = x + row * s.width * s.in;
    for (int64_t column = 0; column < s.out_width(); ++column, from += kStep, dy += s.channels()) {
      Lanes line[kVecs];
      for (int v = 0; v < kVecs; ++v) line[v] = load(dy + v * kWide);
      for (int i = 0; i < kCount; ++i) {
        for (int v = 0; v < kVecs; ++v) sums[i][v] += from[i] * line[v];
      }
    }
  }
  for (int i = 0; i < kCount; ++i) {
    for (int v = 0; v < kVecs; ++v) {
      float* at = dw + i * s.channels() + v * kWide;
      store(at, load(at) + sums[i][v]);
    }
  }
}

template <int kStep, int kVecs, class Number>
inline void gradients(const float* x, const Number* dy, const ThinShape& s, float* dw) {
  constexpr int kMost = kSums / kVecs;
  for (int64_t row = 0; row < s.window; ++row) {
    in_even_parts(s.run(), kMost, [&](int64_t first, int count) {
      with_count<kMost>(count, [&]<int kCount>() {
        sums_of<kStep, kVecs, kCount>(x + row * s.width * s.in + first, dy, s,
                                      dw + (row * s.run() + first) * s.channels());
      });
    });
  }
}

template <int kStep, class Number>
void convolve_of(const float* x, const float* w, const float* b, const ThinShape& s, Number* y) {
  in_pairs(
      s.channels(), [&](int64_t c) { channels<kStep, 2>(x, w + c, b + c, s, y + c); },
      [&](int64_t c) { channels<kStep, 1>(x, w + c, b + c, s, y + c); });
}

template <int kStep, class Number>
void weight_sums_of(const float* x, const Number* dy, const ThinShape& s, float* dw) {
  in_pairs(
      s.channels(), [&](int64_t c) { gradients<kStep, 2>(x, dy + c, s, dw + c); },
      [&](int64_t c) { gradients<kStep, 1>(x, dy + c, s, dw + c); });
}

/// Calls run<numbers of the image from pixel to pixel>().
template <class Run>
inline void with_step(const ThinShape& s, const Run& run) {
  switch (s.in * s.together) {
    case 1:
      return run.template operator()<1>();
    case 2:
      return run.template operator()<2>();
    case 3:
      return run.template operator()<3>();
    default:
      return run.template operator()<6>();
  }
}

template <class Number>
void convolve(const float* x, const float* w, const float* b, const ThinShape& s, Number* y) {
  with_step(s, [&]<int kStep>() { convolve_of<kStep>(x, w, b, s, y); });
}

template <class Number>
void weight_sums(const float* x, const Number* dy, const ThinShape& s, float* dw) {
  with_step(s, [&]<int kStep>() { weight_sums_of<kStep>(x, dy, s, dw); });
}

}  // namespace

extern const ThinKernels GRADUS_THIN_TABLE = {
    kWide,
    tile_weights,
    tile_weight_gradient,
    {convolve<float>, weight_sums<float>, convolve_tiles<float>, weight_sums_tiles<float>},
    {convolve<uint16_t>, weight_sums<uint16_t>, convolve_tiles<uint16_t>,
     weight_sums_tiles<uint16_t>}};

}  // namespace gradus::worker::engine
