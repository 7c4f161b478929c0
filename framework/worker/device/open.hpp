#pragma once

#include <memory>
#include <string>

#include "framework/core/result.hpp"
#include "framework/record/plan.hpp"
#include "framework/worker/device/device.hpp"

namespace gradus::worker {

/// The plan's device, for the trainer or the examiner, which share the run's memory there
/// (record/gpu_share.hpp); null for "cpu". To be called before anything else of LibTorch: it
/// settles which devices it knows when it is first asked. Errors (infrastructure, DEVICE_LOST): no
/// library for this device, no GPU that answers, too little memory on it.
Result<std::unique_ptr<Device>> open_device(const RunPlan& plan, bool trainer);

/// What libgradus_cuda.so offers, by this name: a device, or null with the reason in `why`.
inline constexpr const char* kCudaEntry = "gradus_cuda_device";
using CudaEntry = Device* (*)(const DeviceWish& wish, std::string& why);

}  // namespace gradus::worker
