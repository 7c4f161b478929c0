#pragma once

#include "framework/core/result.hpp"
#include "framework/record/plan.hpp"
#include "framework/worker/input/loader.hpp"
#include "framework/worker/network.hpp"
#include "framework/worker/session.hpp"

namespace gradus::worker {

/// How a trainer's part of a run begins and what it hands out beside the weights.
struct TrainOptions {
  bool hand_out_state = false;   ///< after every epoch but the last, for a checkpoint
  std::int64_t after_epoch = 0;  ///< goes on behind it, from weights and state that are sent to it
};

/// Kind "train": hands out the initial weights, trains for the recipe's epochs, claims progress and
/// each epoch's running loss and accuracy, hands out the weights after each epoch. Divergence ends
/// training and is no error; so does the supervisor's word, which is waited for where the recipe
/// needs it. `augmentation` (may be null) takes the place of crop and flip.
Status train(const RunPlan& plan, Network& network, Augmentation* augmentation,
             const TrainingData& data, Session& session, const TrainOptions& options = {});

}  // namespace gradus::worker
