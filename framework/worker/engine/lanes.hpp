#pragma once

// The compilers' own vector types, which become what the machine has: GRADUS_LANES numbers at a
// time (CMakeLists.txt), computed in single precision and kept as float32 or bfloat16. For files
// that are compiled for one kind of machine, alone: as inline functions of any other file, what is
// compiled here for a wide machine could be merged with a plain twin.

#include <stdint.h>

namespace gradus::worker::engine {
namespace {

constexpr int64_t kWide = GRADUS_LANES;  // numbers of a vector
typedef float Lanes __attribute__((vector_size(4 * GRADUS_LANES)));
typedef int32_t Marks __attribute__((vector_size(4 * GRADUS_LANES)));
typedef uint32_t Bits __attribute__((vector_size(4 * GRADUS_LANES)));
// Those in memory may lie anywhere.
typedef float FloatsAt __attribute__((vector_size(4 * GRADUS_LANES), aligned(4), may_alias));
typedef uint16_t HalvesAt __attribute__((vector_size(2 * GRADUS_LANES), aligned(2), may_alias));
typedef uint8_t BytesAt __attribute__((vector_size(GRADUS_LANES), aligned(1), may_alias));

inline Lanes load(const float* at) { return *reinterpret_cast<const FloatsAt*>(at); }
inline void store(float* at, Lanes value) { *reinterpret_cast<FloatsAt*>(at) = value; }

inline Lanes load(const uint16_t* at) {
  return (Lanes)(__builtin_convertvector(*reinterpret_cast<const HalvesAt*>(at), Bits) << 16);
}

/// The bits of numbers rounded to bfloat16, in their upper halves: to nearest, ties to even; NaN
/// stays NaN.
inline Bits rounded(Lanes value) {
  const Bits bits = (Bits)value;
  const Bits number = (Bits)(value == value);
  return ((bits + 0x7fffU + ((bits >> 16) & 1U)) & number) | (0x7fc00000U & ~number);
}

inline void store(uint16_t* at, Lanes value) {
  *reinterpret_cast<HalvesAt*>(at) = __builtin_convertvector(rounded(value) >> 16, HalvesAt);
}

/// For values that the number format holds as they are, such as those that were load()ed from it.
inline void store_exact(float* at, Lanes value) { store(at, value); }
inline void store_exact(uint16_t* at, Lanes value) {
  *reinterpret_cast<HalvesAt*>(at) = __builtin_convertvector((Bits)value >> 16, HalvesAt);
}

inline Lanes choose(Marks mask, Lanes yes, Lanes no) {
  return (Lanes)(((Marks)yes & mask) | ((Marks)no & ~mask));
}

/// Calls run<count>() for a count that is known at run time, 1 to kMost: loops over registers have
/// to be unrolled.
template <int kMost, class Run>
inline void with_count(int64_t count, const Run& run) {
  if constexpr (kMost > 1) {
    if (count < kMost) return with_count<kMost - 1>(count, run);
  }
  run.template operator()<kMost>();
}

}  // namespace
}  // namespace gradus::worker::engine
