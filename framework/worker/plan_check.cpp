#include "framework/worker/plan_check.hpp"

#include <cmath>
#include <string>

namespace gradus::worker {
namespace {

struct Range {
  const char* name;
  std::int64_t value, lowest, highest;
};

struct Known {
  const char* name;
  const std::string& value;
  const char *one, *other;  ///< the values that are implemented
};

}  // namespace

Status check_plan(const RunPlan& plan) {
  const auto bad = [](const std::string& what) { return infrastructure_error("plan", what); };
  const Range ranges[] = {
      {"data.channels", plan.data.channels, 1, 1024},
      {"data.height", plan.data.height, 1, 4096},
      {"data.width", plan.data.width, 1, 4096},
      {"data.classes", plan.data.classes, 2, 256},  // labels are bytes
      {"recipe.batch", plan.recipe.batch, 1, 1 << 16},
      {"recipe.epochs", plan.recipe.epochs, 0, 1 << 20},
      {"input.crop", plan.input.crop, 0, 1024},
      {"threads", plan.threads, 1, 1024},
      {"train_images", plan.train_images, 0, std::int64_t{1} << 31},
  };
  for (const Range& range : ranges) {
    if (range.value < range.lowest || range.value > range.highest) {
      return bad(std::string(range.name) + " is " + std::to_string(range.value) + ", wanted " +
                 std::to_string(range.lowest) + " to " + std::to_string(range.highest));
    }
  }
  const Known words[] = {
      {"kind", plan.kind, "train", "probe"},
      {"device", plan.device, "cpu", "cpu"},
      {"dtype", plan.dtype, "float32", "float32"},
      {"memory_format", plan.memory_format, "channels_last", "contiguous"},
      {"recipe.loss", plan.recipe.loss, "cross_entropy", "cross_entropy"},
      {"recipe.schedule", plan.recipe.schedule, "constant", "constant"},
      {"recipe.optimizer.name", plan.recipe.optimizer.name, "sgd", "sgd"},
  };
  for (const Known& word : words) {
    if (word.value != word.one && word.value != word.other) {
      return bad(std::string(word.name) + " is '" + word.value +
                 "', which this worker does not know");
    }
  }
  const Optimizer& optimizer = plan.recipe.optimizer;
  for (const double value : {optimizer.lr, optimizer.momentum, optimizer.weight_decay}) {
    if (!std::isfinite(value) || value < 0) {
      return bad("an optimizer value is negative or not finite");
    }
  }
  const auto channels = static_cast<std::size_t>(plan.data.channels);
  const InputSpec& input = plan.input;
  if ((!input.mean.empty() && input.mean.size() != channels) ||
      (!input.std.empty() && input.std.size() != channels)) {
    return bad("input.mean and input.std need one value for each of " + std::to_string(channels) +
               " channels");
  }
  for (const double value : input.std) {
    if (!(value > 0)) return bad("input.std has a value that is not positive");
  }
  return {};
}

}  // namespace gradus::worker
