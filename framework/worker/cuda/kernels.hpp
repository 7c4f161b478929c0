#pragma once

#include <cuda_runtime_api.h>

#include <cstdint>
#include <span>

#include "framework/worker/device/jobs.hpp"

namespace gradus::worker::cuda {

// Kernels that run the bodies of device/jobs.hpp, one thread a value. All are put on `stream` and
// not waited for; whether they could be put there tells cudaGetLastError().
void launch_fill(const FillJob& job, cudaStream_t stream);
void launch_tally(const float* loss, const std::int64_t* correct, std::int64_t count,
                  Cursor* cursor, cudaStream_t stream);
void launch_update(const UpdateJob& job, std::span<const UpdateTensor> tensors,
                   cudaStream_t stream);
void launch_advance(Cursor* cursor, cudaStream_t stream);

}  // namespace gradus::worker::cuda
