#pragma once

#include <cstdint>
#include <functional>

namespace gradus::worker {

/// Calls `step` and answers a hash of the operations that LibTorch was asked for meanwhile, on this
/// thread and in backward passes that it started: their names, the sizes of their tensors and their
/// plain numbers, in order. 0: none.
///
/// Steps that differ in it depend on something in C++ that a recorded step would freeze: a layer
/// dropped by std::mt19937, every third call, a factor that shrinks. What differs more rarely than
/// steps are compared is not seen.
std::uint64_t operations_of(const std::function<void()>& step);

}  // namespace gradus::worker
