#include "framework/worker/device/open.hpp"

#include <dlfcn.h>
#include <limits.h>
#include <unistd.h>

#include <filesystem>

#include "framework/record/gpu_share.hpp"
#include "framework/worker/device/emulated.hpp"
#include "framework/worker/failure.hpp"

namespace gradus::worker {
namespace {

constexpr const char* kLibrary = "libgradus_cuda.so";

Error lost(const std::string& what, const std::string& cure) {
  return infrastructure_error("DEVICE_LOST open the GPU", what, cure);
}

/// Beside this program, or in the prefix's lib: where installing puts it.
std::filesystem::path library_path() {
  std::error_code error;
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", error);
  const std::filesystem::path here = self.parent_path();
  for (const std::filesystem::path& folder : {here, here / "../../lib", here / "cuda"}) {
    if (std::filesystem::exists(folder / kLibrary, error)) return folder / kLibrary;
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<Device>> open_device(const RunPlan& plan, bool trainer) {
  if (plan.device == "cpu") return std::unique_ptr<Device>();
  if (plan.device == "emulated") return emulated_device();
  const std::filesystem::path path = library_path();
  if (path.empty()) {
    return lost(std::string(kLibrary) + " is not installed beside this program",
                "Run './gradus setup --gpu', or run on the CPU (--device cpu).");
  }
  // Never closed: LibTorch's kernels in it are registered for good.
  void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_GLOBAL);
  if (library == nullptr) {
    return lost(path.string() + " cannot be opened: " + dlerror(),
                "Run './gradus setup --gpu', which installs NVIDIA's libraries; 'gradus doctor' "
                "says what is missing. Or run on the CPU (--device cpu).");
  }
  const auto entry = reinterpret_cast<CudaEntry>(dlsym(library, kCudaEntry));
  if (entry == nullptr) {
    return lost(path.string() + " has no " + kCudaEntry, "Build and install Gradus anew.");
  }
  std::string why;
  const std::int64_t share = trainer ? trainer_gpu_mib(plan.limits) : examiner_gpu_mib(plan.limits);
  std::unique_ptr<Device> device(entry({share, plan.dtype == "tfloat32"}, why));
  if (device == nullptr) {
    return lost(why,
                "See what 'gradus doctor' says of it: it tries a step on it in the same sandbox, "
                "and without. Or run on the CPU (--device cpu).");
  }
  return device;
}

}  // namespace gradus::worker
