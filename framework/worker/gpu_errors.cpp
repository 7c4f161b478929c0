#include "framework/worker/gpu_errors.hpp"

#include <cstdlib>
#include <initializer_list>
#include <optional>

namespace gradus::worker {
namespace {

bool has_any(const std::string& text, std::initializer_list<const char*> signs) {
  for (const char* sign : signs) {
    if (text.find(sign) != std::string::npos) return true;
  }
  return false;
}

/// The MiB of "3.56 GiB", which begins at `at`.
std::optional<double> mib_at(const std::string& text, std::size_t at) {
  if (at == std::string::npos) return std::nullopt;
  char* end = nullptr;
  const double value = std::strtod(text.c_str() + at, &end);
  const std::string unit = text.substr(static_cast<std::size_t>(end - text.c_str()), 5);
  if (unit.starts_with(" GiB")) return value * 1024;
  if (unit.starts_with(" MiB")) return value;
  if (unit.starts_with(" KiB")) return value / 1024;
  if (unit.starts_with(" byte")) return value / 1024 / 1024;
  return std::nullopt;
}

std::optional<double> mib_behind(const std::string& text, const std::string& words) {
  const std::size_t found = text.find(words);
  return found == std::string::npos ? std::nullopt : mib_at(text, found + words.size());
}

/// "4.00 GiB allowed": the number is two words before.
std::optional<double> mib_before(const std::string& text, const std::string& words) {
  const std::size_t found = text.find(words);
  if (found == std::string::npos || found < 2) return std::nullopt;
  const std::size_t unit = text.rfind(' ', found - 1);
  if (unit == std::string::npos || unit == 0) return std::nullopt;
  const std::size_t space = text.rfind(' ', unit - 1);
  return mib_at(text, space == std::string::npos ? 0 : space + 1);
}

/// "CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 79.15 GiB of
/// which 3.56 GiB is free. 4.00 GiB allowed; Of the allocated memory 2.10 GiB is allocated by
/// PyTorch, and 12.00 MiB is reserved by PyTorch but unallocated." Without "allowed" the share is
/// the whole card. What cannot be read is the submission's: it can be seen and contested.
GpuFault of_memory(const std::string& text) {
  const auto tried = mib_behind(text, "Tried to allocate ");
  const auto held = mib_behind(text, "Of the allocated memory ");
  const auto share = text.find(" allowed;") != std::string::npos
                         ? mib_before(text, " allowed;")
                         : mib_behind(text, "total capacity of ");
  if (!tried || !held || !share) return GpuFault::share;
  const double kept = mib_before(text, " is reserved by PyTorch but").value_or(0);
  // Each number is rounded to two decimals; of a whole card the driver keeps a part.
  constexpr double kNearly = 0.98;
  return *tried + *held + kept > *share * kNearly ? GpuFault::share : GpuFault::full;
}

}  // namespace

GpuFault gpu_fault(const std::string& text) {
  if (has_any(text, {"CUDA out of memory"})) return of_memory(text);
  // Where LibTorch is about to say "out of memory" it asks NVML who has it, and stumbles over that.
  if (has_any(text, {"NVML_SUCCESS =="}) && has_any(text, {"CUDACachingAllocator"})) {
    return GpuFault::share;
  }
  // What the driver or its libraries want for themselves lies outside every share.
  if (has_any(text, {"CUDA error: out of memory", "CUBLAS_STATUS_ALLOC_FAILED",
                     "CUBLAS_STATUS_NOT_INITIALIZED", "CUDNN_STATUS_ALLOC_FAILED",
                     "CUDNN_STATUS_NOT_INITIALIZED", "DEVICE_ALLOCATION_FAILED"})) {
    return GpuFault::full;
  }
  if (has_any(text, {"CUDA"}) &&
      has_any(text, {"no CUDA-capable device", "GPU is lost", "device is lost", "uncorrectable ECC",
                     "driver shutting down", "CUDA driver version is insufficient",
                     "device(s) is/are busy", "system not yet initialized",
                     "No CUDA GPUs are available", "unknown error"})) {
    return GpuFault::lost;
  }
  return GpuFault::none;
}

}  // namespace gradus::worker
