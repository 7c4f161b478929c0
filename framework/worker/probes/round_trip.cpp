#include <torch/types.h>
#include <torch/utils.h>

#include "framework/worker/probes/measure.hpp"

namespace gradus::worker {

Result<Json> measure_round_trip(Network& network, const ProbeBatch& batch) {
  const torch::NoGradGuard no_grad;
  const std::string phase = "probe state_round_trip";
  const SavedBuffers buffers(network.module());
  GRADUS_CHECK(network.set_training(false, phase));
  GRADUS_TRY(const torch::Tensor logits, network.forward(batch.images, phase));
  buffers.restore();
  const auto correct = logits.argmax(1).eq(batch.labels).sum().item<std::int64_t>();
  const std::int64_t count = batch.labels.size(0);
  return Json{{"accuracy", static_cast<double>(correct) / static_cast<double>(count)},
              {"count", count}};
}

}  // namespace gradus::worker
