#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "framework/core/paths.hpp"
#include "framework/core/result.hpp"

namespace gradus {

/// One NVIDIA GPU of this machine.
struct Gpu {
  std::int64_t index = 0;       ///< as nvidia-smi counts
  std::string name;             ///< "NVIDIA H100 80GB HBM3": its class, a run's hash names it
  std::string uuid;             ///< "GPU-...", unique in the world
  std::int64_t memory_mib = 0;  ///< 0: unknown
  std::string driver;           ///< version of the driver
  std::string pci;              ///< "0000:01:00.0"
  /// Device files that a program needs to use this GPU and no other, absolute: the two control
  /// nodes that all GPUs share, and the GPU's own.
  std::vector<std::string> nodes;
};

/// Where to look; the defaults are this machine.
struct GpuSource {
  std::filesystem::path root = "/";  ///< holds proc/driver/nvidia and dev/
  std::filesystem::path nvidia_smi;  ///< empty: looked for in PATH
  /// CUDA_VISIBLE_DEVICES: only the GPUs that it names (by index or UUID) are ours to use.
  const char* visible = nullptr;
  /// This machine, as the environment lets us see it. Tests put a made-up one in its place:
  /// GRADUS_MACHINE_ROOT is then the root, with an nvidia-smi of its own.
  static GpuSource this_machine();
};

struct GpuReport {
  std::vector<Gpu> gpus;
  /// Where none can be used: what was found and what is missing, and what to do about it.
  std::string problem, cure;
};

/// Asks NVIDIA's driver (/proc/driver/nvidia, nvidia-smi). Where no driver is, nothing is started.
GpuReport find_gpus(const GpuSource& source);
/// Those of this machine, looked for once.
const GpuReport& this_machine_gpus();
/// The GPU that `name` means: its UUID, or its index.
const Gpu* gpu_named(const GpuReport& report, const std::string& name);

/// Nothing where a run can have device "cuda" here: a GPU answers, libgradus_cuda.so is installed
/// in the prefix, and NVIDIA's libraries lie beside LibTorch. Otherwise an error that says what is
/// missing and the cure; the user's (they asked for it).
Status gpu_usable(const Paths& paths, const GpuReport& report);
/// libgradus_cuda.so of an installed copy; empty where it was built without.
std::filesystem::path gpu_library(const Paths& paths);

}  // namespace gradus
