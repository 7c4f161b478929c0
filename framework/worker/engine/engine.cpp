#include "framework/worker/engine/engine.hpp"

#include <torch/library.h>

#include "framework/worker/engine/batch_norm.hpp"
#include "framework/worker/engine/convolution.hpp"
#include "framework/worker/engine/kernels.hpp"
#include "framework/worker/engine/max_pool.hpp"

namespace gradus::worker::engine {

bool has_avx2() {
#if defined(__x86_64__)
  static const bool wide = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  return wide;
#else
  return false;
#endif
}

const KernelTable& kernels() {
#if defined(__x86_64__)
  if (has_avx2()) return kAvx2Kernels;
#endif
  return kBaselineKernels;
}

std::string kernel_name() { return kernels().name; }

void install_kernels() {
  // These operations are composite: LibTorch has nothing at this key that would be replaced.
  static torch::Library library(torch::Library::IMPL, "aten", c10::DispatchKey::AutogradCPU,
                                __FILE__, __LINE__);
  static const bool installed = [] {
    library.impl("batch_norm", &fast_batch_norm);
    library.impl("max_pool2d", &fast_max_pool2d);
    library.impl("conv2d", &fast_conv2d);
    return true;
  }();
  static_cast<void>(installed);
}

}  // namespace gradus::worker::engine
