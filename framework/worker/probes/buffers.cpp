#include <torch/types.h>
#include <torch/utils.h>

#include "framework/core/text.hpp"
#include "framework/worker/probes/measure.hpp"
#include "framework/worker/weights.hpp"

namespace gradus::worker {

Result<Json> measure_buffers(Network& network, const ProbeBatch& batch) {
  const torch::NoGradGuard no_grad;
  const std::string phase = "probe evaluation_keeps_buffers";
  const SavedBuffers buffers(network.module());
  GRADUS_CHECK(network.set_training(false, phase));
  GRADUS_TRY(const Weights before, take_weights(network.module(), "init", 0));
  GRADUS_TRY(const torch::Tensor logits, network.forward(batch.images, phase));
  static_cast<void>(logits);
  GRADUS_TRY(const Weights after, take_weights(network.module(), "init", 0));
  buffers.restore();
  Json changed = Json::array();
  std::int64_t count = 0;
  for (std::size_t i = 0; i < before.tensors.size(); ++i) {
    if (before.tensors[i].kind != "buffer") continue;
    ++count;
    // A tensor that is gone, or another one in its place, has changed too.
    const bool same = i < after.tensors.size() && after.tensors[i].name == before.tensors[i].name &&
                      after.tensors[i].bytes == before.tensors[i].bytes;
    if (!same && changed.size() < kMostReported)
      changed.push_back(printable(before.tensors[i].name, false, kLongestName));
  }
  return Json{{"buffers", count}, {"changed", changed}};
}

}  // namespace gradus::worker
