#pragma once

// Convolutions on the matrix unit, and the packing of their weights. For amx_kernels.cpp alone, as
// lanes.hpp.

#include <stdint.h>

#include "framework/worker/engine/amx_kernels.hpp"
#include "framework/worker/engine/amx_pairs.hpp"
#include "framework/worker/engine/amx_tiles.hpp"
#include "framework/worker/engine/lanes.hpp"

namespace gradus::worker::engine {
namespace {

void pack(const uint16_t* weights, const AmxConvolution& s, uint16_t* packed) {
  const int64_t run = s.run();
  for (int64_t c = 0; c < s.out; c += kAmxSide) {
    for (int64_t r = 0; r < s.window_rows; ++r) {
      for (int64_t at = 0; at < run; at += kAmxDepth, packed += kTile) {
        Bits v[16];
        for (int64_t i = 0; i < 16; ++i) {
          alignas(64) uint16_t numbers[kAmxDepth] = {};
          const int64_t left = run - at < kAmxDepth ? run - at : kAmxDepth;
          __builtin_memcpy(numbers, weights + ((c + i) * s.window_rows + r) * run + at,
                           static_cast<size_t>(left * kHalf));
          v[i] = (Bits)load(reinterpret_cast<const float*>(numbers));
        }
        transpose(v);
        for (int64_t i = 0; i < 16; ++i) store_pairs(packed + 2 * i * kAmxSide, v[i]);
      }
    }
  }
}

void pack_back(const uint16_t* weights, const AmxConvolution& s, const AmxPlaces& p,
               uint16_t* packed) {
  const int64_t whole = p.window * p.window * s.out;  // of one of the weights' outputs
  for (int64_t c = 0; c < s.out; c += kAmxSide) {
    for (int64_t r = 0; r < s.window_rows; ++r) {
      const int64_t row = p.row + (s.window_rows - 1 - r) * p.stride;
      for (int64_t at = 0; at < s.depth_steps() * kAmxDepth; at += 2, packed += 2 * kAmxSide) {
        if (at >= s.run()) {
          store_pairs(packed, Bits{});
          continue;
        }
        const int64_t column = p.column + (s.window_columns - 1 - at / s.in) * p.stride;
        const uint16_t* from = weights + at % s.in * whole + (row * p.window + column) * s.out + c;
        store_pairs(packed, pairs_of(from, from + whole));
      }
    }
  }
}

// Registers of convolve(): sums, then factors of a whole step, then those of a run's last one.
constexpr int kBlock = 4, kImage = 4, kWeights = 5, kLastImage = 6, kLastWeights = 7;

/// Neighbouring results that are one matrix's rows: a row of results is cut into equal pieces.
inline int64_t piece_of(int64_t columns) {
  const int64_t pieces = (columns + kAmxSide - 1) / kAmxSide;
  return (columns + pieces - 1) / pieces;
}

inline Layout convolution_layout(const AmxConvolution& s) {
  const int64_t results = piece_of(s.columns), last = s.run() % kAmxDepth;
  Layout layout;
  const auto hold = [&](int tile, int64_t rows, int64_t bytes) {
    layout.rows[tile] = rows;
    layout.bytes[tile] = bytes;
  };
  for (int i = 0; i < kBlock; ++i) hold(i, results, kAmxSide * kFloat);
  hold(kImage, results, kAmxDepth * kHalf);
  hold(kWeights, kAmxDepth / 2, kAmxSide * kFloat);
  if (last != 0) {
    hold(kLastImage, results, last * kHalf);
    hold(kLastWeights, last / 2, kAmxSide * kFloat);
  }
  return layout;
}

/// Results whose sums are known, and which are rounded meanwhile: the unit multiplies, the rest of
/// the processor is free.
class Drain {
 public:
  /// From sums [count, 16, 16] to where `to` says, sixteen channels of `rows` results each.
  void start(const float* sums, uint16_t* const (&to)[kBlock], int64_t count, int64_t rows,
             int64_t step, Lanes shift) {
    sums_ = sums;
    for (int64_t i = 0; i < count; ++i) to_[i] = to[i];
    count_ = count;
    rows_ = rows;
    step_ = step;
    shift_ = shift;
    next_ = 0;
  }
  void some() {
    if (next_ < count_) one();
  }
  void all() {
    while (next_ < count_) one();
  }

 private:
  void one() {
    const float* sums = sums_ + next_ * kSquare;
    uint16_t* to = to_[next_++];
    if (step_ == kAmxSide) return store_lines(sums, to);
    for (int64_t r = 0; r < rows_; ++r, sums += kAmxSide, to += step_) {
      store_rounded(to, load(sums) + shift_);
    }
  }
  /// Sixteen channels that are all there are: two results make a line.
  void store_lines(const float* sums, uint16_t* to) const {
    int64_t r = 0;
    for (; r + 2 <= rows_; r += 2, sums += 2 * kAmxSide, to += 2 * kAmxSide) {
      store_rounded(to, load(sums) + shift_, load(sums + kAmxSide) + shift_);
    }
    if (r < rows_) store_rounded(to, load(sums) + shift_);
  }

  const float* sums_ = nullptr;
  uint16_t* to_[kBlock] = {};
  int64_t count_ = 0, rows_ = 0, step_ = 0, next_ = 0;
  Lanes shift_ = {};
};

/// An image's rows, put into their border one after the other, while the unit multiplies.
class Feed {
 public:
  Feed(const uint16_t* x, const AmxConvolution& s, uint16_t* scratch)
      : from_(x),
        to_(scratch + (s.top * s.pitch + s.left) * s.in),
        count_(s.width * s.in),
        pitch_(s.pitch * s.in),
        next_(s.top),
        end_(s.top + s.height) {}
  /// What comes before this row of the padded image.
  void until(int64_t row) {
    while (next_ < row && next_ < end_) one();
  }
  void some() {
    if (next_ < end_) one();
  }

 private:
  void one() {
    for (int64_t at = 0; at < count_; at += kAmxSide) {
      *reinterpret_cast<HalvesAt*>(to_ + at) = *reinterpret_cast<const HalvesAt*>(from_ + at);
    }
    from_ += count_;
    to_ += pitch_;
    ++next_;
  }

  const uint16_t* from_;
  uint16_t* to_;
  int64_t count_, pitch_, next_, end_;
};

/// Sums of kCount pieces of results for sixteen channels: sums [kCount, 16, 16].
template <int kCount>
inline void convolve_block(Tiles& tiles, const uint16_t* const (&x)[kBlock], const uint16_t* w,
                           const AmxConvolution& s, Feed& feed, Drain& drain, float* sums) {
  const int64_t whole = s.run() / kAmxDepth, apart = s.stride * s.in * kHalf;
  const auto step = [&]<int kFactors, int kOthers>(int64_t at) {
    tiles.load<kOthers>(w, kAmxSide * kFloat);
    each<kCount>([&]<int i>() {
      tiles.load<kFactors>(x[i] + at, apart);
      tiles.template multiply<i, kFactors, kOthers>();
    });
    w += kTile;
    drain.some();
  };
  each<kCount>([&]<int i>() { tiles.template clear<i>(); });
  for (int64_t r = 0; r < s.window_rows; ++r) {
    const int64_t row = r * s.pitch * s.in, last = row + whole * kAmxDepth;
    for (int64_t at = row; at < last; at += kAmxDepth) {
      step.template operator()<kImage, kWeights>(at);
    }
    if (s.run() % kAmxDepth != 0) step.template operator()<kLastImage, kLastWeights>(last);
    feed.some();
  }
  drain.all();
  each<kCount>([&]<int i>() { tiles.template store<i>(sums + i * kSquare, kAmxSide * kFloat); });
}

void convolve(const uint16_t* x, const uint16_t* packed, const float* bias, const AmxConvolution& s,
              uint16_t* y, uint16_t* scratch) {
  const int64_t piece = piece_of(s.columns);
  const int64_t pieces = s.rows * ((s.columns + piece - 1) / piece),
                of_channels = s.packed() / (s.out / kAmxSide);
  alignas(64) float sums[2][kBlock * kSquare];
  int turn = 0;
  Drain drain;
  Feed feed(x, s, scratch);
  Tiles tiles(convolution_layout(s));
  int64_t row = 0, column = 0;
  for (int64_t begin = 0; begin < pieces; begin += kBlock) {
    const int64_t count = pieces - begin < kBlock ? pieces - begin : kBlock;
    const uint16_t* from[kBlock];
    uint16_t* to[kBlock];
#pragma clang loop vectorize(disable)
    for (int64_t i = 0; i < count; ++i) {
      // The last piece of a row may overlap the one before.
      const int64_t first = column + piece <= s.columns ? column : s.columns - piece;
      from[i] = scratch + (row * s.pitch + first) * s.stride * s.in;
      to[i] = y + row * s.row + first * s.step;
      column += piece;
      if (column >= s.columns) {
        column = 0;
        ++row;
      }
    }
    feed.until((column == 0 ? row - 1 : row) * s.stride + s.window_rows);
    for (int64_t c = 0; c < s.out; c += kAmxSide, turn = 1 - turn) {
      with_count<kBlock>(count, [&]<int kCount>() {
        convolve_block<kCount>(tiles, from, packed + c / kAmxSide * of_channels, s, feed, drain,
                               sums[turn]);
      });
      drain.start(sums[turn], to, count, piece, s.step, bias == nullptr ? Lanes{} : load(bias + c));
      for (int64_t i = 0; i < count; ++i) to[i] += kAmxSide;
    }
  }
  drain.all();
}

}  // namespace
}  // namespace gradus::worker::engine
