#pragma once

#include "framework/worker/device/device.hpp"
#include "framework/worker/train/trainer.hpp"

namespace gradus::worker {

/// train() on a device, to which the network has been moved: the same claims and weights in the
/// same order. Data lie on the device as bytes; a batch is cut out, placed and normalised there;
/// rates, sums and counters stay there for an epoch, and the whole step is recorded and replayed
/// where the model allows it (else a warning says why not). Only an augmentation plugin works on
/// the CPU, whose images then travel batch by batch.
Status train_on_device(const RunPlan& plan, Network& network, Augmentation* augmentation,
                       const TrainingData& data, Session& session, const TrainOptions& options,
                       Device& device);

}  // namespace gradus::worker
