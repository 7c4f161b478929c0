#include "framework/worker/input/augmenter.hpp"

#include <torch/types.h>
#include <torch/utils.h>

#include <cmath>

#include "framework/worker/failure.hpp"
#include "framework/worker/weights.hpp"

namespace gradus::worker {
namespace {

/// A sum is four times faster than a look at each number; numbers so large that only their sum
/// overflows get the look.
bool finite_images(const torch::Tensor& images) {
  return std::isfinite(images.sum().item<float>()) || images.isfinite().all().item<bool>();
}

torch::Tensor per_channel(const std::vector<double>& values, std::int64_t channels,
                          double missing) {
  torch::Tensor row = torch::full({1, channels, 1, 1}, missing);
  for (std::size_t c = 0; c < values.size() && c < static_cast<std::size_t>(channels); ++c) {
    row.select(1, static_cast<std::int64_t>(c)).fill_(values[c]);
  }
  return row;
}

}  // namespace

Augmenter::Augmenter(Augmentation* augmentation, const RunPlan& plan, Network& network)
    : augmentation_(augmentation),
      network_(network),
      seed_(plan.seed),
      mean_(per_channel(plan.input.mean, plan.data.channels, 0.0)),
      std_(per_channel(plan.input.std, plan.data.channels, 1.0)) {}

Result<torch::Tensor> Augmenter::apply(const Batch& batch) {
  const AugmentationStep step{seed_, batch.epoch, batch.step};
  const torch::NoGradGuard no_grad;
  const std::vector<std::int64_t> shape = batch.images.sizes().vec();
  GRADUS_TRY(const torch::Tensor changed, network_.guard().call("augmentation", [&] {
    return augmentation_->apply(batch.images, batch.indices, step);
  }));
  const auto bad = [&](const std::string& found, const std::string& cure) {
    return failure("INVALID_OUTPUT", "augmentation",
                   "apply() returned " + found + "; wanted finite float32 images " +
                       shape_text(shape) + ", as they came",
                   cure);
  };
  if (!changed.defined()) return bad("an undefined tensor", "Return the changed images.");
  if (changed.sizes().vec() != shape) {
    return bad("a tensor of shape " + shape_text(changed.sizes().vec()),
               "A crop must pad first, so that the image keeps its size.");
  }
  if (changed.scalar_type() != torch::kFloat32 || changed.layout() != torch::kStrided ||
      !changed.device().is_cpu()) {
    return bad("dtype " + std::string(c10::toString(changed.scalar_type())),
               "Keep the images' dtype: float32, dense, on the CPU.");
  }
  if (!finite_images(changed)) {
    return bad("values that are NaN or infinite", "Look for a division by zero.");
  }
  return changed.sub(mean_).div_(std_).contiguous(
      network_.channels_last() ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous);
}

}  // namespace gradus::worker
