#include "framework/worker/engine/engine.hpp"

#include <c10/util/Exception.h>
#include <torch/library.h>

#include "framework/worker/engine/amx.hpp"
#include "framework/worker/engine/batch_norm.hpp"
#include "framework/worker/engine/convolution.hpp"
#include "framework/worker/engine/elementwise.hpp"
#include "framework/worker/engine/kernels.hpp"
#include "framework/worker/engine/max_pool.hpp"
#include "framework/worker/engine/widened.hpp"

namespace gradus::worker::engine {

bool has_avx2() {
#if defined(__x86_64__)
  static const bool wide = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  return wide;
#else
  return false;
#endif
}

bool has_avx512() {
#if defined(__x86_64__)
  static const bool wide = has_avx2() && __builtin_cpu_supports("avx512f") &&
                           __builtin_cpu_supports("avx512bw") &&
                           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  return wide;
#else
  return false;
#endif
}

const KernelTable& kernels(std::int64_t channels) {
#if defined(__x86_64__)
  if (has_avx512() && channels % kAvx512Kernels.lanes == 0) return kAvx512Kernels;
  if (has_avx2()) return kAvx2Kernels;
#else
  static_cast<void>(channels);
#endif
  return kBaselineKernels;
}

bool multiplies_bfloat16() {
#if defined(__x86_64__)
  return amx_kernels() != nullptr || __builtin_cpu_supports("avx512bf16");
#else
  return false;
#endif
}

std::string kernel_name() {
  const std::string name = kernels(0).name;
  if (amx_kernels() != nullptr) return name + ", amx in bfloat16";
  return multiplies_bfloat16() ? name : name + ", bfloat16 computed in float32";
}

namespace {

/// Says nothing of kernels that are replaced on purpose.
class Silent : public c10::WarningHandler {
  void process(const c10::Warning&) override {}
};

}  // namespace

void install_kernels() {
  // These operations are composite: LibTorch has nothing at this key that would be replaced.
  static torch::Library before(torch::Library::IMPL, "aten", c10::DispatchKey::AutogradCPU,
                               __FILE__, __LINE__);
  // These are replaced; what we do not serve goes to them nevertheless.
  static torch::Library instead(torch::Library::IMPL, "aten", c10::DispatchKey::CPU, __FILE__,
                                __LINE__);
  static const bool installed = [] {
    before.impl("batch_norm", &fast_batch_norm);
    before.impl("max_pool2d", &fast_max_pool2d);
    before.impl("conv2d", &fast_conv2d);
    Silent silent;
    const c10::WarningUtils::WarningHandlerGuard guard(&silent);
    instead.impl("relu", &fast_relu);
    instead.impl("threshold_backward", &fast_threshold_backward);
    instead.impl("add.Tensor", &fast_add);
    instead.impl("add_.Tensor", &fast_add_);
    instead.impl("slice_backward", &fast_slice_backward);
    if (!multiplies_bfloat16()) {
      before.impl("scaled_dot_product_attention", &wide_attention);
      instead.impl("mm", &wide_mm);
      instead.impl("bmm", &wide_bmm);
      instead.impl("addmm", &wide_addmm);
      instead.impl("baddbmm", &wide_baddbmm);
      instead.impl("convolution", &wide_convolution);
      instead.impl("convolution_backward", &wide_convolution_backward);
    }
    return true;
  }();
  static_cast<void>(installed);
}

}  // namespace gradus::worker::engine
