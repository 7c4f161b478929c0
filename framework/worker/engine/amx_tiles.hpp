#pragma once

// The matrix unit's registers and instructions, or what they do, in plain loops. For
// amx_kernels.cpp alone, as lanes.hpp.

#include <stdint.h>

#include "framework/worker/engine/lanes.hpp"

#if defined(__AMX_BF16__)
#include <immintrin.h>
#endif

namespace gradus::worker::engine {
namespace {

/// What each of eight registers holds: its rows, and bytes in a row.
struct Layout {
  int64_t rows[8] = {};
  int64_t bytes[8] = {};
};

#if defined(__AMX_BF16__)

/// A thread's registers, for as long as this lives.
class Tiles {
 public:
  explicit Tiles(const Layout& layout) {
    alignas(64) Configuration wanted{};
    wanted.palette = 1;
    for (int i = 0; i < 8; ++i) {
      wanted.rows[i] = static_cast<uint8_t>(layout.rows[i]);
      wanted.bytes[i] = static_cast<uint16_t>(layout.bytes[i]);
    }
    _tile_loadconfig(&wanted);
  }
  ~Tiles() { _tile_release(); }
  Tiles(const Tiles&) = delete;
  Tiles& operator=(const Tiles&) = delete;

  template <int kTo>
  void clear() {
    _tile_zero(kTo);
  }
  /// Rows `apart` bytes apart.
  template <int kTo>
  void load(const void* from, int64_t apart) {
    _tile_loadd(kTo, from, apart);
  }
  template <int kFrom>
  void store(void* to, int64_t apart) {
    _tile_stored(kFrom, to, apart);
  }
  /// sum[m, n] += Σ over k of a[m, 2k] · b[k, 2n] + a[m, 2k + 1] · b[k, 2n + 1]
  template <int kSum, int kA, int kB>
  void multiply() {
    _tile_dpbf16ps(kSum, kA, kB);
  }

 private:
  struct Configuration {
    uint8_t palette, start_row, reserved[14];
    uint16_t bytes[16];
    uint8_t rows[16];
  };
};

/// Rounds to nearest, ties to even.
inline void store_rounded(uint16_t* at, Lanes value) {
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(at), (__m256i)_mm512_cvtneps_pbh(value));
}

/// Two after each other.
inline void store_rounded(uint16_t* at, Lanes first, Lanes second) {
  _mm512_storeu_si512(at, (__m512i)_mm512_cvtne2ps_pbh(second, first));
}

#else

class Tiles {
 public:
  explicit Tiles(const Layout& layout) : layout_(layout) {}

  template <int kTo>
  void clear() {
    for (auto& row : held_[kTo].floats) {
      for (float& number : row) number = 0;
    }
  }
  template <int kTo>
  void load(const void* from, int64_t apart) {
    for (int64_t row = 0; row < layout_.rows[kTo]; ++row) {
      __builtin_memcpy(held_[kTo].floats[row], static_cast<const char*>(from) + row * apart,
                       static_cast<size_t>(layout_.bytes[kTo]));
    }
  }
  template <int kFrom>
  void store(void* to, int64_t apart) {
    for (int64_t row = 0; row < layout_.rows[kFrom]; ++row) {
      __builtin_memcpy(static_cast<char*>(to) + row * apart, held_[kFrom].floats[row],
                       static_cast<size_t>(layout_.bytes[kFrom]));
    }
  }
  template <int kSum, int kA, int kB>
  void multiply() {
    for (int64_t m = 0; m < layout_.rows[kSum]; ++m) {
      for (int64_t n = 0; n < layout_.bytes[kSum] / 4; ++n) {
        for (int64_t k = 0; k < 2 * layout_.rows[kB]; ++k) {
          held_[kSum].floats[m][n] += number(kA, m, k) * number(kB, k / 2, 2 * n + k % 2);
        }
      }
    }
  }

 private:
  using size_t = decltype(sizeof 0);
  struct Register {
    float floats[16][16];
  };
  float number(int held, int64_t row, int64_t column) const {
    uint16_t half;
    __builtin_memcpy(&half, reinterpret_cast<const char*>(held_[held].floats[row]) + 2 * column, 2);
    const uint32_t bits = static_cast<uint32_t>(half) << 16;
    float value;
    __builtin_memcpy(&value, &bits, 4);
    return value;
  }

  Layout layout_;
  Register held_[8] = {};
};

inline void store_rounded(uint16_t* at, Lanes value) { store(at, value); }
inline void store_rounded(uint16_t* at, Lanes first, Lanes second) {
  store(at, first);
  store(at + kWide, second);
}

#endif

/// Calls run<0>(), run<1>(), … run<kCount - 1>(): registers are named by constants.
template <int kCount, int kFrom = 0, class Run>
inline void each(const Run& run) {
  if constexpr (kFrom < kCount) {
    run.template operator()<kFrom>();
    each<kCount, kFrom + 1>(run);
  }
}

}  // namespace
}  // namespace gradus::worker::engine
