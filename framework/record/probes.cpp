#include "framework/record/probes.hpp"

namespace gradus {

const std::vector<ProbeInfo>& probe_table() {
  static const std::vector<ProbeInfo> table = {
      {"shape", "Batches of 1, 2 and 7 images give logits [B, K], all finite.", "init", {}},
      {"parameters",
       "The model has as many trainable parameters as the network on paper.",
       "init",
       {{"total", "integer", "wanted number of parameters; without it they are only counted"}}},
      {"initial_loss",
       "Before training, cross-entropy is near the logarithm of the number of classes.",
       "init",
       {{"mean", "number", "wanted loss; default ln K"},
        {"tolerance", "number", "largest distance from it; default 0.05"}}},
      {"chance",
       "Before training, accuracy is chance: no weights were brought along.",
       "init",
       {{"tolerance", "number", "largest distance from 1/K; default 0.08"}}},
      {"batch_independence",
       "In evaluation an image's logits do not depend on its batch.",
       "one_step",
       {{"tolerance", "number", "largest relative difference; default 1e-4"}}},
      {"order_independence",
       "In evaluation a permuted batch gives permuted logits.",
       "one_step",
       {{"tolerance", "number", "largest relative difference; default 1e-4"}}},
      {"every_parameter_moves", "One training step changes every parameter.", "one_step", {}},
      {"overfits_one_batch",
       "Trained on one batch of 128 images, the model learns it by heart.",
       "overfit",
       {{"accuracy", "number", "wanted accuracy on that batch; default 0.95"},
        {"steps", "integer", "training steps; default 200"}}},
  };
  return table;
}

}  // namespace gradus
