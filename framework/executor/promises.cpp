#include "framework/executor/promises.hpp"

#include <algorithm>

namespace gradus::executor {
namespace {

/// Runs of one network differ a little in what they hold.
constexpr double kMargin = 1.25;
/// Trainer and examiner live side by side, and each may take the limit.
constexpr double kWorkers = 2;

}  // namespace

double Promises::mib(const RunPlan& plan) const {
  double most = costs_.memory_mib(plan).value_or(0);
  if (const auto at = seen_.find(network_key(plan)); at != seen_.end())
    most = std::max(most, at->second);
  return most > 0 ? kMargin * most : kWorkers * static_cast<double>(plan.limits.memory_mib);
}

void Promises::learn(const RunPlan& plan, double mib) {
  double& most = seen_[network_key(plan)];
  most = std::max(most, mib);
}

}  // namespace gradus::executor
