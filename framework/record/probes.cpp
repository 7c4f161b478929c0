#include "framework/record/probes.hpp"

#include <algorithm>

#include "framework/record/closed_forms.hpp"

namespace gradus {
namespace {

ProbeKey number(const std::string& name, const std::string& help) { return {name, "number", help}; }
ProbeKey signed_number(const std::string& name, const std::string& help) {
  return {name, "number", help, {}, false, true};
}
ProbeKey integer(const std::string& name, const std::string& help) {
  return {name, "integer", help};
}
ProbeKey function(bool required, const std::string& help) {
  return {"function", "text", help, closed_form_names(), required};
}
const char* const kClaimed = " The training process says it: a claim.";

std::vector<ProbeInfo> of_models() {
  const ProbeKey difference = number("tolerance", "largest relative difference; default 1e-4");
  return {
      {"shape", 1, "model", "Batches of 1, 2 and 7 images give logits [B, K], all finite.", "init"},
      {"parameters",
       2,
       "model",
       "The model has as many trainable parameters as the network on paper.",
       "init",
       {integer("total", "wanted number of parameters; without it they are only counted")}},
      {"initial_loss",
       3,
       "model",
       "Before training, cross-entropy is near the logarithm of the number of classes.",
       "init",
       {number("mean", "wanted loss; default ln K"),
        number("tolerance", "largest distance from it; default 0.05")}},
      {"chance",
       3,
       "model",
       "Before training, accuracy is chance: no weights were brought along.",
       "init",
       {number("tolerance", "largest distance from 1/K; default 0.08")}},
      {"softmax_output", 3, "model",
       "The outputs are logits, not probabilities: no softmax before cross-entropy.", "init"},
      {"batch_independence",
       4,
       "model",
       "In evaluation an image's logits do not depend on its batch.",
       "one_step",
       {difference}},
      {"order_independence",
       4,
       "model",
       "In evaluation a permuted batch gives permuted logits.",
       "one_step",
       {difference}},
      {"repeated_evaluation",
       4,
       "model",
       "In evaluation the same images give the same logits again, whatever was asked in between.",
       "one_step",
       {number("tolerance", "largest relative difference; default 1e-6")}},
      {"every_parameter_moves", 4, "model", "A few training steps change every parameter.",
       "one_step"},
      {"overfits_one_batch",
       5,
       "model",
       "Trained on one batch of 128 images, the model learns it by heart.",
       "overfit",
       {number("accuracy", "wanted accuracy on that batch; default 0.95"),
        integer("steps", "training steps; default 200")}},
      {"frozen_parameters",
       5,
       "model",
       "So many elements of parameters never move in training, and no more.",
       "overfit",
       {integer("total", "wanted number of frozen elements; default 0")}},
      {"state_round_trip",
       5,
       "model",
       std::string("Trained weights that are handed out and loaded into a fresh model give the "
                   "accuracy that the trainer had with them.") +
           kClaimed,
       "overfit",
       {number("tolerance", "largest difference of the two accuracies; default 0.02")},
       true},
      {"zeroed_weights",
       6,
       "model",
       "With all weights set to zero the outputs do not depend on the image: nothing is learned "
       "outside what is handed out.",
       "init",
       {number("tolerance", "largest relative difference; default 1e-6")}},
      {"permuted_weights",
       6,
       "model",
       "With permuted weights the outputs change: they come from the weights.",
       "one_step",
       {number("at_least", "smallest relative difference; default 1e-4")}},
      {"evaluation_keeps_buffers",
       7,
       "model",
       std::string("Evaluation leaves every buffer as it was.") + kClaimed,
       "init",
       {},
       true},
      {"gradients",
       7,
       "model",
       std::string("In every layer the gradient's root mean square is neither vanishing nor "
                   "exploding; the larger of the first two steps counts.") +
           kClaimed,
       "one_step",
       {number("at_least", "smallest one of a layer's weights; default 1e-7"),
        number("at_most", "largest one; default 10")},
       true},
      {"input_statistics",
       7,
       "model",
       std::string("What reaches the first layer has the mean and the deviation of the images: "
                   "they are normalised once.") +
           kClaimed,
       "init",
       {number("tolerance", "largest distance of either; default 0.05")},
       true},
      {"activation_statistics",
       8,
       "model",
       std::string("What reaches each later layer neither dies out nor grows without bounds, over "
                   "1,000 images.") +
           kClaimed,
       "init",
       {number("at_least", "smallest deviation; default 1e-3"),
        number("at_most", "largest deviation; default 1000")},
       true},
      {"dead_units",
       8,
       "model",
       std::string("Few units are zero for all of 1,000 images.") + kClaimed,
       "init",
       {number("at_most", "largest share in any layer; default 0.5")},
       true},
      {"memory_slope",
       9,
       "model",
       std::string("Over 200 training steps memory does not grow.") + kClaimed,
       "init",
       {number("at_most", "largest growth in KiB a step; default 4")},
       true},
  };
}

std::vector<ProbeInfo> of_activations() {
  return {
      {"activation_shape", 1, "activation",
       "Tensors of one to four dimensions come out finite and with the shape that went in.",
       "init"},
      {"activation_elementwise",
       2,
       "activation",
       "Each element's value depends on this element alone.",
       "init",
       {number("tolerance", "largest difference; default 1e-6")}},
      {"activation_values",
       3,
       "activation",
       "The values are those of the function's closed form.",
       "init",
       {function(true, "the closed form"),
        signed_number("parameter", "its slope or scale; default: the usual one"),
        number("tolerance", "largest difference, relative above 1; default 1e-4")}},
      {"activation_derivative",
       4,
       "activation",
       "The gradient that autograd finds is the derivative of the closed form, or of the values "
       "themselves where no function is named.",
       "init",
       {function(false, "the closed form; default: differences of the values"),
        signed_number("parameter", "its slope or scale; default: the usual one"),
        number("tolerance", "largest difference, relative above 1; default 0.01")}},
  };
}

std::vector<ProbeInfo> of_augmentations() {
  const ProbeKey difference = number("tolerance", "largest difference of a pixel; default 1e-6");
  return {
      {"augmentation_shape", 1, "augmentation",
       "Batches of 1, 2 and 7 images keep their shape and stay finite.", "init"},
      {"augmentation_range",
       2,
       "augmentation",
       "Pixels stay in their range.",
       "init",
       {signed_number("low", "smallest pixel; default 0"),
        signed_number("high", "largest pixel; default 1")}},
      {"augmentation_seeded",
       3,
       "augmentation",
       "The same seed, epoch and step give the same pictures; another seed, and another epoch, "
       "give "
       "others.",
       "init",
       {difference}},
      {"augmentation_independent",
       4,
       "augmentation",
       "An image is changed the same way in the company of any others.",
       "init",
       {difference}},
      {"masked_share",
       5,
       "augmentation",
       "Of all pixels, on average the wanted share is blotted out.",
       "init",
       {number("wanted", "mean share; default 0.191, one hole of 16 x 16 in 32 x 32"),
        number("tolerance", "largest distance from it; default 0.01"),
        signed_number("fill", "value of a pixel that is blotted out; default 0")}},
  };
}

int stage(const std::string& weights) {
  if (weights == "overfit") return 2;
  return weights == "one_step" ? 1 : 0;
}

}  // namespace

const std::vector<ProbeInfo>& probe_table() {
  static const std::vector<ProbeInfo> table = [] {
    std::vector<ProbeInfo> all = of_models();
    for (const auto& part : {of_activations(), of_augmentations()})
      all.insert(all.end(), part.begin(), part.end());
    return all;
  }();
  return table;
}

const ProbeInfo* find_probe_info(const std::string& name) {
  const auto& table = probe_table();
  const auto found = std::find_if(table.begin(), table.end(),
                                  [&](const ProbeInfo& info) { return info.name == name; });
  return found == table.end() ? nullptr : &*found;
}

std::string last_hand_over(const RunPlan& plan) {
  std::string last = "init";
  for (const ProbeSpec& probe : plan.probes) {
    const ProbeInfo* info = find_probe_info(probe.name);
    if (info != nullptr && stage(info->weights) > stage(last)) last = info->weights;
  }
  return last;
}

bool lists_probe(const RunPlan& plan, const std::string& name) {
  return std::any_of(plan.probes.begin(), plan.probes.end(),
                     [&](const ProbeSpec& probe) { return probe.name == name; });
}

std::vector<std::string> claimed_probes(const RunPlan& plan) {
  std::vector<std::string> names;
  for (const ProbeSpec& probe : plan.probes) {
    const ProbeInfo* info = find_probe_info(probe.name);
    if (info != nullptr && info->claimed) names.push_back(probe.name);
  }
  return names;
}

}  // namespace gradus
