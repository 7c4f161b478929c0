#pragma once

#include <string>

#include "framework/core/gpu.hpp"
#include "framework/core/paths.hpp"
#include "framework/core/result.hpp"

namespace gradus::supervisor {

/// Has gradus-worker open this GPU as a run would (same sandbox, same environment), take a step of
/// a small network on it, record that and replay it. Seconds. That nvidia-smi answers says little:
/// what CUDA wants of the system besides shows only so. `mode`: "full", "reduced" or "off".
/// Error (infrastructure): what failed, and the worker's own cure.
Status try_gpu(const Paths& paths, const Gpu& gpu, const std::string& mode = "full");

}  // namespace gradus::supervisor
