#pragma once

#include <algorithm>
#include <cstdint>

#include "framework/record/plan.hpp"

namespace gradus {

/// Memory of a GPU that a process takes before it has allocated anything: CUDA's context, the code
/// of LibTorch's, cuBLAS's and cuDNN's kernels, which no limit of LibTorch's counts. An assumption,
/// from what such processes are commonly seen to take; not measured here.
inline constexpr std::int64_t kGpuContextMib = 600;

/// What the examiner may allocate of a run's gpu_memory_mib. It only looks at batches, without
/// gradients, so it gets the smaller part. 0: there is no limit.
constexpr std::int64_t examiner_gpu_mib(const RunLimits& limits) {
  return std::min<std::int64_t>(limits.gpu_memory_mib / 4, 1024);
}

/// What the trainer may allocate: the rest, since both live side by side. 0: there is no limit.
constexpr std::int64_t trainer_gpu_mib(const RunLimits& limits) {
  return limits.gpu_memory_mib - examiner_gpu_mib(limits);
}

/// What a run takes of a GPU in all: its two workers have a context each.
constexpr std::int64_t gpu_mib_of_run(const RunLimits& limits) {
  return limits.gpu_memory_mib + 2 * kGpuContextMib;
}

}  // namespace gradus
