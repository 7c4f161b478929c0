#pragma once

// Batch norm's loops. For kernels.cpp alone, as lanes.hpp.

#include <stdint.h>

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

/// As sum_rows(): `step(at, i, even, odd)` adds what the i-th pair's numbers give to two sums of
/// each place. Says how many rows that were.
template <class Step>
inline int64_t sum_pairs(int64_t rows, int64_t channels, double* first, double* second,
                         const Step& step) {
  const int64_t pairs = ChannelPairs::count(channels);
  if (pairs == 0) return 0;
  const int64_t whole = pairs * kPair, all = rows * channels / whole * whole;
  const auto flush = [channels](const Pair& sums, int64_t place, double* into) {
    for (int64_t lane = 0; lane < kWide; ++lane) {
      into[(place + 2 * lane) % channels] += static_cast<double>(sums.even[lane]);
      into[(place + 2 * lane + 1) % channels] += static_cast<double>(sums.odd[lane]);
    }
  };
  for (int64_t begin = 0; begin < all; begin += kRun * whole) {
    const int64_t end = begin + kRun * whole < all ? begin + kRun * whole : all;
    for (int64_t i = 0; i < pairs; ++i) {
      Pair s{}, q{};
      for (int64_t at = begin + i * kPair; at < end; at += whole) step(at, i, s, q);
      flush(s, i * kPair, first);
      flush(q, i * kPair, second);
    }
  }
  return all / channels;
}

void moments_pairs(const uint16_t* x, int64_t rows, int64_t channels, const float* shift,
                   double* sum, double* square) {
  const ChannelPairs around(shift, channels);
  const int64_t done =
      sum_pairs(rows, channels, sum, square, [&](int64_t at, int64_t i, Pair& s, Pair& q) {
        const Pair in = load_pair(x + at);
        const Lanes even = in.even - around[i].even, odd = in.odd - around[i].odd;
        s.even += even;
        s.odd += odd;
        q.even += even * even;
        q.odd += odd * odd;
      });
  moments(x + done * channels, rows - done, channels, shift, sum, square);
}

void gradient_sums_pairs(const uint16_t* dy, const uint16_t* x, int64_t rows, int64_t channels,
                         const float* mean, double* sum, double* product) {
  const ChannelPairs centre(mean, channels);
  const int64_t done =
      sum_pairs(rows, channels, sum, product, [&](int64_t at, int64_t i, Pair& s, Pair& p) {
        const Pair in = load_pair(x + at), g = load_pair(dy + at);
        s.even += g.even;
        s.odd += g.odd;
        p.even += g.even * (in.even - centre[i].even);
        p.odd += g.odd * (in.odd - centre[i].odd);
      });
  const int64_t at = done * channels;
  gradient_sums(dy + at, x + at, rows - done, channels, mean, sum, product);
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

}  // namespace
}  // namespace gradus::worker::engine
