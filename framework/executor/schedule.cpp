#include "framework/executor/schedule.hpp"

namespace gradus::executor {

double cost(const RunPlan& plan) {
  // A forward pass costs about a third of a training step on the same images.
  constexpr double kForward = 1.0 / 3;
  const auto train = static_cast<double>(plan.images_an_epoch());
  const auto val =
      static_cast<double>(plan.exam_val_images > 0 ? plan.exam_val_images : plan.data.split.val);
  if (plan.kind == "probe") {
    double steps = 0;
    for (const ProbeSpec& probe : plan.probes) {
      if (probe.name != "overfits_one_batch") continue;
      const auto option = probe.options.find("steps");
      steps = option != probe.options.end() && option->second.is_number()
                  ? option->second.get<double>()
                  : 200;
    }
    return steps * 128 + kForward * val;
  }
  return static_cast<double>(plan.recipe.epochs) * (train + kForward * val);
}

}  // namespace gradus::executor
