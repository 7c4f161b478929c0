#include "framework/worker/device/trial.hpp"

#include <torch/types.h>
#include <torch/utils.h>

#include <cstdio>
#include <cstring>
#include <exception>
#include <memory>

#include "framework/core/text.hpp"
#include "framework/record/plan.hpp"
#include "framework/worker/device/open.hpp"
#include "framework/worker/device/recorder.hpp"
#include "framework/worker/device/warnings.hpp"
#include "framework/worker/worker.hpp"

namespace gradus::worker {
namespace {

Error failed(const std::string& what) {
  return infrastructure_error(
      "DEVICE_LOST try", what,
      "See what nvidia-smi and the kernel's log say; or run on the CPU (--device cpu).");
}

/// A convolution, a product, numbers drawn and a kernel of ours: what loads cuDNN, cuBLAS and
/// libgradus_cuda.so's own code.
Status take_steps(Device& device) {
  constexpr int kSteps = 6;
  const auto here = torch::TensorOptions().device(device.place());
  device.seed(1);
  const torch::Tensor images = torch::rand({4, 3, 8, 8}, here);
  torch::Tensor filter = torch::rand({8, 3, 3, 3}, here).set_requires_grad(true);
  torch::Tensor weight = torch::rand({8 * 64, 10}, here).set_requires_grad(true);
  const torch::Tensor cursor =
      torch::zeros({static_cast<std::int64_t>(sizeof(Cursor))}, here.dtype(torch::kUInt8));
  const auto step = [&]() -> Status {
    filter.mutable_grad().reset();
    weight.mutable_grad().reset();
    const torch::Tensor seen = torch::dropout(torch::conv2d(images, filter, {}, 1, 1), 0.5, true);
    torch::log_softmax(seen.flatten(1).mm(weight), 1).select(1, 0).mean().neg().backward();
    device.advance(static_cast<Cursor*>(cursor.data_ptr()));
    return {};
  };
  StepRecorder recorder(device, true, step, [] { return StepRecorder::Addresses(); });
  for (int i = 0; i < kSteps; ++i) GRADUS_CHECK(recorder.take({4, 8, 8}));
  if (recorder.replayed() == 0) return failed("a step cannot be recorded: " + recorder.reason());
  Cursor counted;
  const torch::Tensor bytes = cursor.cpu();
  std::memcpy(&counted, bytes.const_data_ptr(), sizeof counted);
  if (counted.step != kSteps)
    return failed("of " + std::to_string(kSteps) + " steps it took " +
                  std::to_string(counted.step));
  if (!weight.grad().isfinite().all().item<bool>()) return failed("a gradient is not finite");
  return {};
}

}  // namespace

Status try_device(const std::string& name) {
  RunPlan plan;
  plan.device = name;
  plan.limits.gpu_memory_mib = 1024;
  try {
    GRADUS_TRY(const std::unique_ptr<Device> device, open_device(plan, true));
    const WarnOnceEach once;
    return take_steps(*device);
  } catch (const c10::Error& error) {
    const std::string text = error.what_without_backtrace();
    return failed(text.substr(0, text.find('\n')));
  } catch (const std::exception& error) {
    return failed(error.what());
  }
}

int try_device_and_tell(const std::string& name) {
  const Status tried = try_device(name);
  if (tried.ok()) return 0;
  const Json said = {{"what", printable(tried.error().what)}, {"cure", tried.error().cure}};
  std::printf("%s\n", said.dump(-1, ' ', true, Json::error_handler_t::replace).c_str());
  return kExitInfrastructure;
}

}  // namespace gradus::worker
