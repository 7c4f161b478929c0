#pragma once

#include <torch/types.h>

#include <cstdint>

#include "framework/record/plan.hpp"
#include "framework/worker/input/loader.hpp"
#include "framework/worker/network.hpp"

namespace gradus::worker {

/// Images of the probe batch: the first ones of the training split in file order, unaugmented.
inline constexpr std::int64_t kProbeBatch = 128;

struct ProbeBatch {
  torch::Tensor images;  ///< normalised float32 [N, C, H, W] in the network's memory format
  torch::Tensor labels;  ///< int64 [N]
};

/// Training images first .. first + count - 1 in file order, fewer at the split's end.
ProbeBatch probe_batch(const RunPlan& plan, const Network& network, const TrainingData& data,
                       std::int64_t first, std::int64_t count);

}  // namespace gradus::worker
