#include "framework/cli/plan_cost.hpp"

#include <set>

#include "framework/core/text.hpp"

namespace gradus::cli {

PlanCost cost_of(const Plan& plan) {
  PlanCost cost;
  std::set<std::string> distinct;
  for (const PlannedRun& planned : plan.runs) {
    if (!distinct.insert(planned.run.hash()).second) continue;
    ++cost.runs;
    if (planned.run.kind == "probe") continue;
    cost.epochs += planned.run.recipe.epochs;
    cost.images += planned.run.recipe.epochs * planned.run.images_an_epoch();
  }
  return cost;
}

std::string PlanCost::text() const {
  return std::to_string(runs) + " distinct runs, " + with_commas(epochs) + " epochs, " +
         with_commas(images) + " images";
}

}  // namespace gradus::cli
