#pragma once

// Loops of ReLU, its gradient and sums. For kernels.cpp alone, as lanes.hpp.

#include <stdint.h>

#include "framework/worker/engine/lanes.hpp"
#include "framework/worker/engine/pairs.hpp"

namespace gradus::worker::engine {
namespace {

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

}  // namespace
}  // namespace gradus::worker::engine
