// Compiled once a kind of machine, with GRADUS_KERNELS_TABLE and GRADUS_KERNEL_NAME set by
// CMakeLists.txt.
#include "framework/worker/engine/kernels.hpp"

#include "framework/worker/engine/lanes.hpp"
#include "framework/worker/engine/pairs.hpp"

namespace gradus::worker::engine {
namespace {

/// Rows that are summed in single precision before the sum goes on in double.
constexpr int64_t kRun = 256;
/// Columns of lanes that are summed side by side: enough to hide the latency of an addition.
constexpr int64_t kColumns = 4;

/// Few channels leave columns idle: then several pixels count as one row of kColumns · kWide
/// lanes.
inline int64_t pixels_a_row(int64_t channels) {
  constexpr int64_t kRow = kColumns * kWide;
  return channels < kRow && kRow % channels == 0 ? kRow / channels : 1;
}

/// Sums two quantities over all rows: `step(row, lane, first, second)` adds what one row gives to
/// one vector of lanes.
template <class Step>
inline void sum_rows(int64_t rows, int64_t channels, double* first, double* second,
                     const Step& step) {
  const int64_t together = pixels_a_row(channels);
  const int64_t lanes = channels * together, wide_rows = rows / together;
  const auto flush = [channels](Lanes sums, int64_t lane, double* into) {
    for (int64_t i = 0; i < kWide; ++i) into[(lane + i) % channels] += static_cast<double>(sums[i]);
  };
  for (int64_t begin = 0; begin < wide_rows; begin += kRun) {
    const int64_t end = begin + kRun < wide_rows ? begin + kRun : wide_rows;
    int64_t lane = 0;
    for (; lane + kColumns * kWide <= lanes; lane += kColumns * kWide) {
      Lanes s0{}, s1{}, s2{}, s3{}, q0{}, q1{}, q2{}, q3{};
      const int64_t c0 = lane % channels, c1 = (lane + kWide) % channels,
                    c2 = (lane + 2 * kWide) % channels, c3 = (lane + 3 * kWide) % channels;
      for (int64_t row = begin; row < end; ++row) {
        const int64_t at = row * lanes + lane;
        step(at, c0, s0, q0);
        step(at + kWide, c1, s1, q1);
        step(at + 2 * kWide, c2, s2, q2);
        step(at + 3 * kWide, c3, s3, q3);
      }
      flush(s0, lane, first), flush(q0, lane, second);
      flush(s1, lane + kWide, first), flush(q1, lane + kWide, second);
      flush(s2, lane + 2 * kWide, first), flush(q2, lane + 2 * kWide, second);
      flush(s3, lane + 3 * kWide, first), flush(q3, lane + 3 * kWide, second);
    }
    for (; lane < lanes; lane += kWide) {
      Lanes s{}, q{};
      for (int64_t row = begin; row < end; ++row) {
        step(row * lanes + lane, lane % channels, s, q);
      }
      flush(s, lane, first), flush(q, lane, second);
    }
  }
  for (int64_t at = wide_rows * lanes; at < rows * channels; at += kWide) {
    Lanes s{}, q{};
    step(at, at % channels, s, q);
    flush(s, at % channels, first), flush(q, at % channels, second);
  }
}

template <class Number>
void moments(const Number* x, int64_t rows, int64_t channels, const float* shift, double* sum,
             double* square) {
  sum_rows(rows, channels, sum, square, [=](int64_t at, int64_t lane, Lanes& s, Lanes& q) {
    const Lanes d = load(x + at) - load(shift + lane);
    s += d;
    q += d * d;
  });
}

template <class Number>
void gradient_sums(const Number* dy, const Number* x, int64_t rows, int64_t channels,
                   const float* mean, double* sum, double* product) {
  sum_rows(rows, channels, sum, product, [=](int64_t at, int64_t lane, Lanes& s, Lanes& p) {
    const Lanes g = load(dy + at);
    s += g;
    p += g * (load(x + at) - load(mean + lane));
  });
}

template <class Number>
void affine(const Number* x, int64_t rows, int64_t channels, const float* scale, const float* shift,
            Number* y) {
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t c = 0; c < channels; c += kWide) {
      const int64_t at = row * channels + c;
      store(y + at, load(scale + c) * load(x + at) + load(shift + c));
    }
  }
}

template <class Number>
void gradient(const Number* dy, const Number* x, int64_t rows, int64_t channels, const float* a,
              const float* b, const float* mean, const float* d, Number* dx) {
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t c = 0; c < channels; c += kWide) {
      const int64_t at = row * channels + c;
      const Lanes centred = load(x + at) - load(mean + c);
      store(dx + at, load(a + c) * load(dy + at) + (load(b + c) * centred + load(d + c)));
    }
  }
}

/// Calls work(at, i) for pairs of vectors of images, the i-th of those that begin alike, and says
/// how many rows that were; few are left.
template <class Work>
inline int64_t for_pairs(int64_t rows, int64_t channels, const Work& work) {
  const int64_t pairs = ChannelPairs::count(channels);
  if (pairs == 0) return 0;
  const int64_t whole = pairs * kPair, all = rows * channels / whole * whole;
  for (int64_t at = 0; at < all; at += whole) {
    for (int64_t i = 0; i < pairs; ++i) work(at + i * kPair, i);
  }
  return all / channels;
}

void affine_pairs(const uint16_t* x, int64_t rows, int64_t channels, const float* scale,
                  const float* shift, uint16_t* y) {
  const ChannelPairs factor(scale, channels), offset(shift, channels);
  const int64_t done = for_pairs(rows, channels, [&](int64_t at, int64_t i) {
    soon_written(y + at);
    const Pair in = load_pair(x + at);
    store_pair(y + at,
               {factor[i].even * in.even + offset[i].even, factor[i].odd * in.odd + offset[i].odd});
  });
  const int64_t at = done * channels;
  affine(x + at, rows - done, channels, scale, shift, y + at);
}

void gradient_pairs(const uint16_t* dy, const uint16_t* x, int64_t rows, int64_t channels,
                    const float* a, const float* b, const float* mean, const float* d,
                    uint16_t* dx) {
  const ChannelPairs of_dy(a, channels), of_x(b, channels), centre(mean, channels),
      offset(d, channels);
  const int64_t done = for_pairs(rows, channels, [&](int64_t at, int64_t i) {
    soon_written(dx + at);
    const Pair in = load_pair(x + at), g = load_pair(dy + at);
    const Lanes even = in.even - centre[i].even, odd = in.odd - centre[i].odd;
    store_pair(dx + at, {of_dy[i].even * g.even + (of_x[i].even * even + offset[i].even),
                         of_dy[i].odd * g.odd + (of_x[i].odd * odd + offset[i].odd)});
  });
  const int64_t at = done * channels;
  gradient(dy + at, x + at, rows - done, channels, a, b, mean, d, dx + at);
}

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

/// Calls work(x, y, z) for vectors at `a`, `b` and `c`; the last numbers, fewer than a vector's,
/// are worked on in room of their own.
template <class Number, class Work>
inline void for_vectors(const Number* a, const Number* b, Number* c, int64_t count,
                        const Work& work) {
  int64_t at = 0;
  for (; at + kWide <= count; at += kWide) work(a + at, b + at, c + at);
  if (at == count) return;
  Number x[kWide] = {}, y[kWide] = {}, z[kWide];
  for (int64_t i = 0; at + i < count; ++i) x[i] = a[at + i], y[i] = b[at + i];
  work(x, y, z);
  for (int64_t i = 0; at + i < count; ++i) c[at + i] = z[i];
}

template <class Number>
void rectify(const Number* x, int64_t count, Number* y) {
  for_vectors(x, x, y, count, [](const Number* in, const Number*, Number* out) {
    const Lanes value = load(in);
    store_exact(out, choose(value <= 0.0F, Lanes{}, value));
  });
}

template <class Number>
void rectify_gradient(const Number* dy, const Number* y, int64_t count, Number* dx) {
  for_vectors(dy, y, dx, count, [](const Number* gradient, const Number* result, Number* out) {
    store_exact(out, choose(load(result) <= 0.0F, Lanes{}, load(gradient)));
  });
}

template <class Number>
void add(const Number* a, const Number* b, int64_t count, Number* sum) {
  for_vectors(a, b, sum, count,
              [](const Number* x, const Number* y, Number* out) { store(out, load(x) + load(y)); });
}

// bfloat16 read as whole numbers: the negative ones, with -0 and -infinity, come before the NaNs
// with a sign, and those before 0.
constexpr int16_t kMinusInfinity = static_cast<int16_t>(0xff80);

void rectify_pairs(const uint16_t* x, int64_t count, uint16_t* y) {
  const int64_t all = count / kPair * kPair;
  for (int64_t at = 0; at < all; at += kPair) {
    soon_written(y + at);
    const Halves value = *reinterpret_cast<const PairAt*>(x + at);
    *reinterpret_cast<PairAt*>(y + at) = value & (Halves)(value > kMinusInfinity);
  }
  rectify(x + all, count - all, y + all);
}

void rectify_gradient_pairs(const uint16_t* dy, const uint16_t* y, int64_t count, uint16_t* dx) {
  const int64_t all = count / kPair * kPair;
  for (int64_t at = 0; at < all; at += kPair) {
    soon_written(dx + at);
    const Halves result = *reinterpret_cast<const PairAt*>(y + at);
    const Halves gradient = *reinterpret_cast<const PairAt*>(dy + at);
    *reinterpret_cast<PairAt*>(dx + at) =
        gradient & (Halves)(result > kMinusInfinity) & (Halves)(result != 0);
  }
  rectify_gradient(dy + all, y + all, count - all, dx + all);
}

void add_pairs(const uint16_t* a, const uint16_t* b, int64_t count, uint16_t* sum) {
  const int64_t all = count / kPair * kPair;
  for (int64_t at = 0; at < all; at += kPair) {
    soon_written(sum + at);
    const Pair x = load_pair(a + at), y = load_pair(b + at);
    store_pair(sum + at, {x.even + y.even, x.odd + y.odd});
  }
  add(a + all, b + all, count - all, sum + all);
}

constexpr Kernels<float> kSingle = {
    moments<float>,       affine<float>,  gradient_sums<float>,    gradient<float>, pool<float>,
    pool_gradient<float>, rectify<float>, rectify_gradient<float>, add<float>};

constexpr Kernels<uint16_t> kBfloat16 = {
    moments<uint16_t>,       affine_pairs,  gradient_sums<uint16_t>, gradient_pairs, pool<uint16_t>,
    pool_gradient<uint16_t>, rectify_pairs, rectify_gradient_pairs,  add_pairs};

}  // namespace

const KernelTable GRADUS_KERNELS_TABLE = {GRADUS_KERNEL_NAME, kWide, kSingle, kBfloat16};

}  // namespace gradus::worker::engine
