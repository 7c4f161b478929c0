#pragma once

#include "framework/core/result.hpp"
#include "framework/record/plan.hpp"
#include "framework/worker/input/loader.hpp"
#include "framework/worker/network.hpp"
#include "framework/worker/session.hpp"

namespace gradus::worker {

/// Kind "train": hands out the initial weights, trains for the recipe's epochs, claims progress and
/// each epoch's running loss and accuracy, hands out the weights after each epoch. Divergence ends
/// training and is no error. `augmentation` (may be null) takes the place of crop and flip.
Status train(const RunPlan& plan, Network& network, Augmentation* augmentation,
             const TrainingData& data, Session& session);

}  // namespace gradus::worker
