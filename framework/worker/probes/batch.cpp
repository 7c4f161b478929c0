#include "framework/worker/probes/batch.hpp"

#include <torch/utils.h>

#include <algorithm>

namespace gradus::worker {

ProbeBatch probe_batch(const RunPlan& plan, const Network& network, const TrainingData& data,
                       std::int64_t first, std::int64_t count) {
  const std::int64_t taken = std::clamp<std::int64_t>(data.count - first, 0, count);
  const PixelTable table(data.shape.channels, plan.input.mean, plan.input.std);
  const std::int64_t size = data.shape.size();
  torch::Tensor pixels =
      torch::empty({taken, data.shape.height, data.shape.width, data.shape.channels});
  torch::Tensor labels = torch::empty({taken}, torch::kInt64);
  for (std::int64_t i = 0; i < taken; ++i) {
    transform_image(data.images + (first + i) * size, data.shape, {}, table,
                    pixels.data_ptr<float>() + i * size);
    labels.data_ptr<std::int64_t>()[i] = data.labels[first + i];
  }
  pixels = pixels.permute({0, 3, 1, 2});
  return {network.channels_last() ? pixels : pixels.contiguous(), labels};
}

}  // namespace gradus::worker
