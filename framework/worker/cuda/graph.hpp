#pragma once

#include <ATen/cuda/CUDAGraph.h>

#include <memory>

#include "framework/worker/device/device.hpp"

namespace gradus::worker::cuda {

/// A step as a CUDA graph. All graphs of a process share the memory `pool`: they are replayed one
/// after the other, and nothing that one leaves there is read by another.
std::unique_ptr<StepGraph> make_graph(at::cuda::MempoolId_t pool);

}  // namespace gradus::worker::cuda
