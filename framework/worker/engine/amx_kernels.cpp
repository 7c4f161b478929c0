// Compiled for the matrix unit, and for tests without it, with GRADUS_KERNELS_TABLE set by
// CMakeLists.txt.
#include "framework/worker/engine/amx_kernels.hpp"

#include "framework/worker/engine/ahead.hpp"
#include "framework/worker/engine/amx_tiles.hpp"
#include "framework/worker/engine/lanes.hpp"

namespace gradus::worker::engine {
namespace {

static_assert(kWide == kAmxSide);

constexpr int64_t kHalf = 2, kFloat = 4;  // bytes of a number
constexpr int64_t kSquare = kAmxSide * kAmxSide;
constexpr int64_t kTile = kAmxSide * kAmxDepth;

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
  each<kCount>([&]<int i>() { tiles.template clear<i>(); });
  for (int64_t r = 0; r < s.window_rows; ++r) {
    const int64_t row = r * s.pitch * s.in;
    for (int64_t k = 0; k < whole; ++k, w += kTile) {
      tiles.load<kWeights>(w, kAmxSide * kFloat);
      each<kCount>([&]<int i>() {
        tiles.load<kImage>(x[i] + row + k * kAmxDepth, apart);
        tiles.template multiply<i, kImage, kWeights>();
      });
      drain.some();
      if (k == 0) feed.some();
    }
    if (s.run() % kAmxDepth != 0) {
      tiles.load<kLastWeights>(w, kAmxSide * kFloat);
      each<kCount>([&]<int i>() {
        tiles.load<kLastImage>(x[i] + row + whole * kAmxDepth, apart);
        tiles.template multiply<i, kLastImage, kLastWeights>();
      });
      w += kTile;
      drain.some();
    }
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

using size_t = decltype(sizeof 0);

/// Sixteen pairs of numbers, from two vectors of sixteen.
inline Bits pairs_of(const uint16_t* first, const uint16_t* second) {
  const Bits a = __builtin_convertvector(*reinterpret_cast<const HalvesAt*>(first), Bits);
  const Bits b = __builtin_convertvector(*reinterpret_cast<const HalvesAt*>(second), Bits);
  return a | (b << 16);
}

inline void store_pairs(uint16_t* at, Bits pairs) {
  store(reinterpret_cast<float*>(at), (Lanes)pairs);
}

/// Sixteen vectors of sixteen become each other's columns: four times, the numbers of one half are
/// put between those of the other.
inline void transpose(Bits (&v)[16]) {
  for (int stage = 0; stage < 4; ++stage) {
    Bits next[16];
    for (int i = 0; i < 8; ++i) {
      next[2 * i] = __builtin_shufflevector(v[i], v[i + 8], 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5,
                                            21, 6, 22, 7, 23);
      next[2 * i + 1] = __builtin_shufflevector(v[i], v[i + 8], 8, 24, 9, 25, 10, 26, 11, 27, 12,
                                                28, 13, 29, 14, 30, 15, 31);
    }
    for (int i = 0; i < 16; ++i) v[i] = next[i];
  }
}

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

/// Sixteen zeros.
alignas(64) const uint16_t kNothing[kAmxSide] = {};

/// `count` numbers from each of two places (null: zeros), in pairs.
inline void pair_up(const uint16_t* first, const uint16_t* second, int64_t count, uint16_t* to) {
  const int64_t one = first == nullptr ? 0 : -1, two = second == nullptr ? 0 : -1;
  if (one == 0) first = kNothing;
  if (two == 0) second = kNothing;
  for (int64_t at = 0; at < count; at += kAmxSide) {
    store_pairs(to + 2 * at, pairs_of(first + (at & one), second + (at & two)));
  }
}

/// Each position's pixel and the next one's, [planes, kept, in, 2].
inline void pair_pixels(const uint16_t* x, int64_t first, const AmxGradient& s, uint16_t* pairs) {
  const int64_t pitch = s.pitch(), between = s.stride * s.in;
  for (int64_t plane = 0; plane < s.planes(); ++plane) {
    // Columns whose pixel is in the image: [from, to).
    const int64_t left = s.pad - plane % s.stride;
    const int64_t from = left <= 0 ? 0 : (left + s.stride - 1) / s.stride;
    const int64_t inside = (s.width + left + s.stride - 1) / s.stride;
    const int64_t to = inside < pitch ? inside : pitch;
    for (int64_t i = 0; i < s.plane_rows(); ++i) {
      uint16_t* row = pairs + 2 * (plane * s.kept() + i * pitch) * s.in;
      const int64_t y = (first + i) * s.stride + plane / s.stride - s.pad;
      if (y < 0 || y >= s.height || from >= to) {
        for (int64_t at = 0; at < 2 * pitch * s.in; at += kAmxDepth) store_pairs(row + at, Bits{});
        continue;
      }
      const uint16_t* pixel = x + (y * s.width + from * s.stride - left) * s.in;
      if (from > 0) pair_up(nullptr, pixel, s.in, row + 2 * (from - 1) * s.in);
      uint16_t* pair = row + 2 * from * s.in;
      if (s.stride == 1) {  // neighbours' channels in one go
        pair_up(pixel, pixel + s.in, (to - from - 1) * s.in, pair);
      } else {
        for (int64_t k = 0; k < to - from - 1; ++k) {
          pair_up(pixel + k * between, pixel + (k + 1) * between, s.in, pair + 2 * k * s.in);
        }
      }
      pair_up(pixel + (to - from - 1) * between, nullptr, s.in, row + 2 * (to - 1) * s.in);
    }
  }
}

/// Gradients dy as [steps, out / 16, 16, 32]: sixteen channels' rows of positions. Gaps are zeros.
inline void transpose_gradients(const uint16_t* dy, int64_t rows, const AmxGradient& s,
                                uint16_t* to) {
  const int64_t pitch = s.pitch(), steps = s.positions() / kAmxDepth;
  int64_t row = 0, column = 0;
  for (int64_t k = 0; k < steps; ++k) {
    const uint16_t *first[16], *second[16];
#pragma clang loop vectorize(disable)
    for (int64_t i = 0; i < 16; ++i) {
      const uint16_t* from = dy + (row * s.columns + column) * s.out;
      const bool inside = row < rows && column < s.columns;
      first[i] = inside ? from : nullptr;
      second[i] = inside && column + 1 < s.columns ? from + s.out : nullptr;
      column += 2;
      if (column >= pitch) {
        column -= pitch;
        ++row;
      }
    }
    for (int64_t c = 0; c < s.out; c += kAmxSide, to += kTile) {
      const auto at = [&](const uint16_t* from) { return from == nullptr ? kNothing : from + c; };
      Bits v[16];
      for (int64_t i = 0; i < 16; ++i) v[i] = pairs_of(at(first[i]), at(second[i]));
      transpose(v);
      for (int64_t i = 0; i < 16; ++i) store_pairs(to + i * kAmxDepth, v[i]);
    }
  }
}

void arrange(const uint16_t* x, const uint16_t* dy, int64_t first, int64_t all,
             const AmxGradient& s, uint16_t* pairs, uint16_t* gradients) {
  pair_pixels(x, first, s, pairs);
  const int64_t left = all - first;
  transpose_gradients(dy + first * s.columns * s.out, s.rows < left ? s.rows : left, s, gradients);
}

// Registers of sum_weights() behind the sums: of one or two times sixteen channels of gradients,
// and of images.
constexpr int kGradients = 6, kMoreGradients = 5, kPairs = 7;

/// Where the images' pairs lie for one place of the window and sixteen channels, and its sums.
struct Place {
  int64_t pairs, sums;
};

/// Σ over images and positions for kCount places and kWidth times sixteen channels of gradients,
/// whose sums are `apart`.
template <int kCount, int kWidth>
inline void sum_block(Tiles& tiles, const uint16_t* pairs, const uint16_t* gradients, int64_t count,
                      const AmxGradient& s, const Place* places, int64_t apart, Ahead& ahead,
                      float* sums) {
  const int64_t two = 2 * 2 * s.in, steps = s.positions() / kAmxDepth;
  each<kCount>([&]<int i>() {
    each<kWidth>([&]<int n>() {
      tiles.template load<i * kWidth + n>(sums + places[i].sums + n * apart, kAmxSide * kFloat);
    });
  });
  for (int64_t one = 0; one < count; ++one) {
    const uint16_t* a = gradients + one * s.gradient_scratch();
    const uint16_t* b = pairs + one * s.pairs_scratch();
    for (int64_t k = 0; k < steps; ++k, a += kAmxDepth * s.out, b += kAmxDepth / 2 * two) {
      ahead.go_on(1);
      tiles.load<kGradients>(a, kAmxDepth * kHalf);
      if constexpr (kWidth == 2) tiles.load<kMoreGradients>(a + kTile, kAmxDepth * kHalf);
      each<kCount>([&]<int i>() {
        tiles.load<kPairs>(b + places[i].pairs, two * kHalf);
        tiles.template multiply<i * kWidth, kGradients, kPairs>();
        if constexpr (kWidth == 2) {
          tiles.template multiply<i * kWidth + 1, kMoreGradients, kPairs>();
        }
      });
    }
  }
  each<kCount>([&]<int i>() {
    each<kWidth>([&]<int n>() {
      tiles.template store<i * kWidth + n>(sums + places[i].sums + n * apart, kAmxSide * kFloat);
    });
  });
}

inline Ahead::Range range_of(const uint16_t* begin, const uint16_t* end) {
  return {reinterpret_cast<const char*>(begin), reinterpret_cast<const char*>(end)};
}

void sum_weights(const uint16_t* pairs, const uint16_t* gradients, int64_t count,
                 const AmxGradient& s, const AmxNext& next, float* sums) {
  Layout layout;
  for (int i = 0; i < 8; ++i) {
    layout.rows[i] = kAmxSide;
    layout.bytes[i] = kAmxSide * kFloat;
  }
  Tiles tiles(layout);
  const int64_t outs = s.out / kAmxSide, ins = s.in / kAmxSide, all = s.window * s.window * ins;
  const int64_t most = outs > 1 ? 2 : 5, steps = s.positions() / kAmxDepth;
  const int64_t work = (outs + 1) / 2 * ((all + most - 1) / most) * steps * count;
  Ahead ahead(range_of(next.images, next.images_end), range_of(next.gradients, next.gradients_end),
              work);
  const auto place = [&](int64_t number) {
    const int64_t c = number % ins, column = number / ins % s.window;
    const int64_t row = number / ins / s.window;
    const int64_t plane = row % s.stride * s.stride + column % s.stride;
    const int64_t moved = row / s.stride * s.pitch() + column / s.stride;
    return Place{2 * ((plane * s.kept() + moved) * s.in + c * kAmxSide), number * kSquare};
  };
  const auto sum = [&]<int kMost, int kWidth>(int64_t n) {
    for (int64_t first = 0; first < all; first += kMost) {
      const int64_t some = all - first < kMost ? all - first : kMost;
      Place places[kMost];
      for (int64_t i = 0; i < some; ++i) places[i] = place(first + i);
      with_count<kMost>(some, [&]<int kCount>() {
        sum_block<kCount, kWidth>(tiles, pairs, gradients + n * kTile, count, s, places,
                                  all * kSquare, ahead, sums + n * all * kSquare);
      });
    }
  };
  int64_t n = 0;
  for (; n + 2 <= outs; n += 2) sum.template operator()<2, 2>(n);
  if (n < outs) sum.template operator()<5, 1>(n);
}

void finish(const float* sums, int64_t parts, const AmxGradient& s, uint16_t* dw) {
  const int64_t all = s.sums(), places = s.window * s.window, ins = s.in / kAmxSide;
  for (int64_t square = 0; square < all / kSquare; ++square) {
    const int64_t c = square % ins * kAmxSide, place = square / ins % places;
    const int64_t out = square / ins / places * kAmxSide;
    for (int64_t o = 0; o < kAmxSide; ++o) {
      Lanes sum = {};
      for (int64_t part = 0; part < parts; ++part) {
        sum += load(sums + part * all + square * kSquare + o * kAmxSide);
      }
      store_rounded(dw + ((out + o) * places + place) * s.in + c, sum);
    }
  }
}

}  // namespace

extern const AmxKernels GRADUS_KERNELS_TABLE = {pack,    pack_back,   convolve,
                                                arrange, sum_weights, finish};

}  // namespace gradus::worker::engine
