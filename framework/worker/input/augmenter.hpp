#pragma once

#include <torch/types.h>

#include <cstdint>
#include <gradus/augmentation.hpp>

#include "framework/core/result.hpp"
#include "framework/record/plan.hpp"
#include "framework/worker/input/loader.hpp"
#include "framework/worker/network.hpp"

namespace gradus::worker {

/// Calls an augmentation plugin on a batch and normalises what it gives back.
class Augmenter {
 public:
  /// `augmentation` may be null; then apply() must not be called. All arguments must outlive this.
  Augmenter(Augmentation* augmentation, const RunPlan& plan, Network& network);

  /// `batch.images`: float32 [N, C, H, W] in [0, 1], contiguous. Returns normalised images in the
  /// network's memory format. Error (INVALID_OUTPUT): another shape or dtype, or non-finite values.
  Result<torch::Tensor> apply(const Batch& batch);

 private:
  Augmentation* augmentation_;
  Network& network_;
  std::uint64_t seed_;
  torch::Tensor mean_, std_;  // [1, C, 1, 1]
};

}  // namespace gradus::worker
