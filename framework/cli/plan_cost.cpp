#include "framework/cli/plan_cost.hpp"

#include <map>

#include "framework/core/text.hpp"

namespace gradus::cli {

PlanCost cost_of(const Plan& plan) {
  PlanCost cost;
  std::map<std::string, RunPlan> trainings;  // of two that differ in their end the longer counts
  for (const PlannedRun& planned : plan.runs) {
    const auto [at, fresh] = trainings.try_emplace(planned.run.trajectory_hash(), planned.run);
    if (!fresh && planned.run.last_epoch() > at->second.last_epoch()) at->second = planned.run;
  }
  for (const auto& [hash, run] : trainings) {
    ++cost.runs;
    if (run.kind == "probe") continue;
    cost.epochs += run.last_epoch();
    cost.images += run.last_epoch() * run.images_an_epoch();
    cost.most_epochs += run.recipe.epochs;
    cost.most_images += run.recipe.epochs * run.images_an_epoch();
  }
  return cost;
}

std::string PlanCost::text() const {
  const auto counted = [](std::int64_t least, std::int64_t most, const std::string& what) {
    return with_commas(least) + (most > least ? " up to " + with_commas(most) : "") + " " + what +
           (most == 1 ? "" : "s");
  };
  const auto count = static_cast<std::int64_t>(runs);
  const std::string distinct = counted(count, count, "distinct run");
  if (most_epochs == 0) return distinct + ", nothing to train";
  return distinct + ", " + counted(epochs, most_epochs, "epoch") + ", " +
         counted(images, most_images, "image") +
         (most_epochs > epochs ? " (arms of a sweep may be stopped early)" : "");
}

}  // namespace gradus::cli
