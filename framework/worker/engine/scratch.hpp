#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace gradus::worker::engine {

/// A thread's own memory for `floats` numbers, on a line of the cache: a vector of AVX-512 is one.
/// What was in it stays or not; the next call may move it.
inline float* scratch_room(std::int64_t floats) {
  constexpr std::size_t kLine = 64, kFloats = kLine / sizeof(float);
  thread_local std::vector<float> scratch;
  std::size_t room = (static_cast<std::size_t>(floats) + kFloats) * sizeof(float);
  if (scratch.size() < room / sizeof(float)) scratch.resize(room / sizeof(float));
  void* at = scratch.data();
  return static_cast<float*>(std::align(kLine, room - kLine, at, room));
}

}  // namespace gradus::worker::engine
