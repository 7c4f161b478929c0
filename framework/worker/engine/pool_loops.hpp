#pragma once

// Max pools' loops. For kernels.cpp alone, as lanes.hpp.

#include <stdint.h>

#include "framework/worker/engine/kernels.hpp"
#include "framework/worker/engine/lanes.hpp"

namespace gradus::worker::engine {
namespace {

/// Where a window lies in the image: [begin, end) of rows or columns, and its origin, which may lie
/// in the padding.
struct Extent {
  int64_t origin, begin, end;
};
inline Extent extent(int64_t out, int64_t stride, int64_t pad, int64_t kernel, int64_t size) {
  const int64_t origin = out * stride - pad, end = origin + kernel;
  return {origin, origin < 0 ? 0 : origin, end > size ? size : end};
}

/// Nearly every pool of a small network: windows of 2x2 that tile the image. An odd last row or
/// column belongs to none.
inline bool halves(const PoolShape& s) {
  return s.kernel_h == 2 && s.kernel_w == 2 && s.stride_h == 2 && s.stride_w == 2 && s.pad_h == 0 &&
         s.pad_w == 0 && 2 * s.out_height <= s.height && 2 * s.out_width <= s.width;
}

/// Cells of such a window, in their order.
constexpr int32_t kCells = 4;

inline int64_t cell_offset(int32_t cell, const PoolShape& s) {
  return ((cell / 2) * s.width + cell % 2) * s.channels;
}

template <class Number, bool kWithCells>
void halve(const Number* x, const PoolShape& s, Number* y, uint8_t* cell) {
  for (int64_t oh = 0; oh < s.out_height; ++oh) {
    for (int64_t ow = 0; ow < s.out_width; ++ow) {
      const Number* window = x + (2 * oh * s.width + 2 * ow) * s.channels;
      const int64_t out = (oh * s.out_width + ow) * s.channels;
      for (int64_t c = 0; c < s.channels; c += kWide) {
        Lanes best = load(window + c);
        Marks which{};
        for (int32_t i = 1; i < kCells; ++i) {
          const Lanes value = load(window + cell_offset(i, s) + c);
          const Marks better = (value > best) | (value != value);
          best = choose(better, value, best);
          which = (better & (Marks{} + i)) | (~better & which);
        }
        store(y + out + c, best);
        if (kWithCells) {
          *reinterpret_cast<BytesAt*>(cell + out + c) = __builtin_convertvector(which, BytesAt);
        }
      }
    }
  }
}

/// Every pixel lies in one window at most: each is written once, as the window is met.
template <class Number>
void halve_gradient(const Number* dy, const uint8_t* cell, const PoolShape& s, Number* dx) {
  const auto clear = [dx](int64_t from, int64_t to) {
    for (; from < to; from += kWide) store(dx + from, Lanes{});
  };
  const int64_t row = s.width * s.channels, covered = 2 * s.out_width * s.channels;
  for (int64_t oh = 0; oh < s.out_height; ++oh) {
    for (int64_t ow = 0; ow < s.out_width; ++ow) {
      Number* window = dx + 2 * oh * row + 2 * ow * s.channels;
      const int64_t out = (oh * s.out_width + ow) * s.channels;
      for (int64_t c = 0; c < s.channels; c += kWide) {
        const Lanes gradient = load(dy + out + c);
        const Marks which =
            __builtin_convertvector(*reinterpret_cast<const BytesAt*>(cell + out + c), Marks);
        for (int32_t i = 0; i < kCells; ++i) {
          store(window + cell_offset(i, s) + c, choose(which == (Marks{} + i), gradient, Lanes{}));
        }
      }
    }
    clear(2 * oh * row + covered, (2 * oh + 1) * row);
    clear((2 * oh + 1) * row + covered, (2 * oh + 2) * row);
  }
  clear(2 * s.out_height * row, s.height * row);
}

template <class Number>
void pool(const Number* x, const PoolShape& s, Number* y, uint8_t* cell) {
  if (halves(s)) {
    return cell == nullptr ? halve<Number, false>(x, s, y, cell)
                           : halve<Number, true>(x, s, y, cell);
  }
  for (int64_t oh = 0; oh < s.out_height; ++oh) {
    const Extent h = extent(oh, s.stride_h, s.pad_h, s.kernel_h, s.height);
    for (int64_t ow = 0; ow < s.out_width; ++ow) {
      const Extent w = extent(ow, s.stride_w, s.pad_w, s.kernel_w, s.width);
      const int64_t out = (oh * s.out_width + ow) * s.channels;
      for (int64_t c = 0; c < s.channels; c += kWide) {
        Lanes best = Lanes{} - __builtin_inff();
        Marks which = Marks{} + static_cast<int32_t>((h.begin - h.origin) * s.kernel_w +
                                                     (w.begin - w.origin));
        for (int64_t ih = h.begin; ih < h.end; ++ih) {
          for (int64_t iw = w.begin; iw < w.end; ++iw) {
            const Lanes value = load(x + (ih * s.width + iw) * s.channels + c);
            const Marks better = (value > best) | (value != value);
            best = choose(better, value, best);
            const auto here = static_cast<int32_t>((ih - h.origin) * s.kernel_w + (iw - w.origin));
            which = (better & (Marks{} + here)) | (~better & which);
          }
        }
        store(y + out + c, best);
        if (cell != nullptr) {
          *reinterpret_cast<BytesAt*>(cell + out + c) = __builtin_convertvector(which, BytesAt);
        }
      }
    }
  }
}

/// The part of `dy` that window (oh, ow) sends to pixel (ih, iw).
template <class Number>
inline Lanes share(const Number* dy, const uint8_t* cell, const PoolShape& s, int64_t oh,
                   int64_t ow, int64_t ih, int64_t iw, int64_t c) {
  const int64_t out = (oh * s.out_width + ow) * s.channels + c;
  const Marks which = __builtin_convertvector(*reinterpret_cast<const BytesAt*>(cell + out), Marks);
  const auto here = static_cast<int32_t>((ih - (oh * s.stride_h - s.pad_h)) * s.kernel_w + iw -
                                         (ow * s.stride_w - s.pad_w));
  return choose(which == (Marks{} + here), load(dy + out), Lanes{});
}

/// The windows [first, last] that cover a pixel, by one coordinate.
struct Cover {
  int64_t first, last;
};
inline Cover cover(int64_t in, int64_t stride, int64_t pad, int64_t kernel, int64_t outputs) {
  const int64_t from = in + pad - kernel + 1, last = (in + pad) / stride;
  return {from <= 0 ? 0 : (from + stride - 1) / stride, last < outputs ? last : outputs - 1};
}

template <class Number>
void pool_gradient(const Number* dy, const uint8_t* cell, const PoolShape& s, Number* dx) {
  if (halves(s)) return halve_gradient(dy, cell, s, dx);
  for (int64_t ih = 0; ih < s.height; ++ih) {
    const Cover h = cover(ih, s.stride_h, s.pad_h, s.kernel_h, s.out_height);
    for (int64_t iw = 0; iw < s.width; ++iw) {
      const Cover w = cover(iw, s.stride_w, s.pad_w, s.kernel_w, s.out_width);
      for (int64_t c = 0; c < s.channels; c += kWide) {
        Lanes sum{};
        for (int64_t oh = h.first; oh <= h.last; ++oh) {
          for (int64_t ow = w.first; ow <= w.last; ++ow) {
            sum += share(dy, cell, s, oh, ow, ih, iw, c);
          }
        }
        store(dx + (ih * s.width + iw) * s.channels + c, sum);
      }
    }
  }
}

}  // namespace
}  // namespace gradus::worker::engine
