#include "framework/worker/plan_check.hpp"

#include <algorithm>
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
  std::vector<std::string> known;  ///< the values that are implemented
};

/// Single values of a recipe, then what they say together.
Status check_recipe(const Recipe& recipe) {
  const auto bad = [](const std::string& what) { return infrastructure_error("plan", what); };
  const Optimizer& o = recipe.optimizer;
  const Schedule& s = recipe.schedule;
  for (const double value : {o.lr,
                             o.momentum,
                             o.weight_decay,
                             o.beta1,
                             o.beta2,
                             o.rho,
                             o.eps,
                             s.factor,
                             s.period,
                             s.min_lr,
                             s.warmup,
                             s.warmup_from,
                             s.rise,
                             s.start,
                             s.end,
                             recipe.label_smoothing,
                             recipe.l1,
                             recipe.l2,
                             recipe.clip_value,
                             recipe.clip_norm}) {
    if (!std::isfinite(value) || value < 0) {
      return bad("a value of the recipe is negative or not finite");
    }
  }
  if (!(s.every > 0)) return bad("recipe.schedule.every is not above 0");
  if (o.beta1 >= 1 || o.beta2 >= 1 || o.rho >= 1 || recipe.label_smoothing >= 1) {
    return bad("a share of the recipe is not below 1");
  }
  const Known words[] = {
      {"recipe.loss", recipe.loss, {"cross_entropy"}},
      {"recipe.penalize", recipe.penalize, {"weights", "all"}},
      {"recipe.init", recipe.init, initialiser_names()},
      {"recipe.keep", recipe.keep, {"best", "last"}},
      {"recipe.optimizer.name", o.name, optimizer_names()},
      {"recipe.optimizer.decays", o.decays, {"all", "weights"}},
      {"recipe.schedule.name", s.name, schedule_names()},
      {"recipe.schedule.per", s.per, {"epoch", "step"}},
      {"recipe.schedule.interpolate", s.interpolate, {"linear", "step"}},
      {"recipe.schedule.anneal", s.anneal, {"linear", "cosine"}},
      {"recipe.schedule.monitor", s.monitor, {"val_loss", "val_accuracy"}},
      {"recipe.early_stop.monitor", recipe.early_stop.monitor, {"val_loss", "val_accuracy"}},
  };
  for (const Known& word : words) {
    if (std::find(word.known.begin(), word.known.end(), word.value) == word.known.end()) {
      return bad(std::string(word.name) + " is '" + word.value +
                 "', which this worker does not know");
    }
  }
  if (const std::string found = contradiction(recipe); !found.empty()) return bad(found);
  return {};
}

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
      {"stop_after", plan.stop_after, 0, plan.recipe.epochs},
      {"input.crop", plan.input.crop, 0, 1024},
      {"threads", plan.threads, 1, 1024},
      {"train_images", plan.train_images, 0, std::int64_t{1} << 31},
      {"limits.gpu_memory_mib", plan.limits.gpu_memory_mib, 0, std::int64_t{1} << 24},
  };
  for (const Range& range : ranges) {
    if (range.value < range.lowest || range.value > range.highest) {
      return bad(std::string(range.name) + " is " + std::to_string(range.value) + ", wanted " +
                 std::to_string(range.lowest) + " to " + std::to_string(range.highest));
    }
  }
  const Known words[] = {
      {"kind", plan.kind, {"train", "probe"}},
      {"device", plan.device, {"cpu", "cuda", "emulated"}},
      {"dtype", plan.dtype, {"float32", "bfloat16", "tfloat32"}},
      {"engine", plan.engine, {"gradus", "stock"}},
      {"memory_format", plan.memory_format, {"channels_last", "contiguous"}},
      {"input.pad", plan.input.pad, {"zero", "reflect"}},
      {"input.flip_by", plan.input.flip_by, {"coin", "turns"}},
      {"input.resize_else", plan.input.resize_else, {"fail", "full"}},
  };
  for (const Known& word : words) {
    if (std::find(word.known.begin(), word.known.end(), word.value) == word.known.end()) {
      return bad(std::string(word.name) + " is '" + word.value +
                 "', which this worker does not know");
    }
  }
  if (plan.kind == "probe" && plan.device != "cpu") {
    return bad("probes look at the network itself and run on the CPU, not on '" + plan.device +
               "'");
  }
  if (plan.dtype == "tfloat32" && plan.device != "cuda") {
    return bad("dtype tfloat32 is known on GPUs only");
  }
  GRADUS_CHECK(check_recipe(plan.recipe));
  const auto channels = static_cast<std::size_t>(plan.data.channels);
  const InputSpec& input = plan.input;
  if (std::string found = contradiction(input); !found.empty()) return bad(found);
  if (std::string found = misfit(input, plan.data.height); !found.empty()) return bad(found);
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
