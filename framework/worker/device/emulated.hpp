#pragma once

#include <memory>

#include "framework/worker/device/device.hpp"

namespace gradus::worker {

/// The CPU in a GPU's place: the same bodies as loops, and "graphs" that call the step again. What
/// a run with device "emulated" shows holds for all of a GPU's way but CUDA itself.
std::unique_ptr<Device> emulated_device();

}  // namespace gradus::worker
