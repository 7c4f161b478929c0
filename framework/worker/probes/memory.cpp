#include <malloc.h>
#include <torch/types.h>

#include "framework/worker/probes/measure.hpp"
#include "framework/worker/train/step.hpp"
#include "framework/worker/train/updater.hpp"

namespace gradus::worker {
namespace {

constexpr std::int64_t kSteps = 200, kTenth = 10, kBatch = 16;

/// What is allocated and not freed, over all arenas: independent of what the kernel reclaims.
std::int64_t kib_in_use() {
  const struct mallinfo2 info = ::mallinfo2();
  return static_cast<std::int64_t>((info.uordblks + info.hblkhd) / 1024);
}

}  // namespace

Result<Json> measure_memory(const Measuring& measuring) {
  const std::string phase = "probe memory_slope";
  Network& network = measuring.network;
  const ProbeBatch batch = probe_batch(measuring.plan, network, measuring.data, 0, kBatch);
  const std::vector<torch::Tensor> parameters = network.trainable();
  const SavedBuffers buffers(network.module());
  GRADUS_CHECK(network.set_training(true, phase));
  Json points = Json::array();
  std::int64_t first = 0;
  for (std::int64_t step = 1; step <= kSteps; ++step) {
    clear_gradients(parameters);
    GRADUS_TRY(const StepResult result,
               forward_backward(network, batch.images, batch.labels, step == 1, phase));
    static_cast<void>(result);
    if (step % kTenth != 0) continue;
    if (points.empty()) first = kib_in_use();
    // In steps of 16 KiB: what two runs of one plan differ by is less.
    points.push_back((kib_in_use() - first) / 16 * 16);
  }
  clear_gradients(parameters);
  buffers.restore();
  return Json{{"kib", points}};
}

}  // namespace gradus::worker
