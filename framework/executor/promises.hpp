#pragma once

#include <map>
#include <string>

#include "framework/executor/cost_model.hpp"

namespace gradus::executor {

/// Memory that a run is promised before it starts: what runs of the same network took on this
/// machine, in earlier plans or in this one, and some more; where none ran yet, the limits of both
/// of its workers.
class Promises {
 public:
  explicit Promises(const CostModel& costs) : costs_(costs) {}
  double mib(const RunPlan& plan) const;
  /// A run took so much, both workers together.
  void learn(const RunPlan& plan, double mib);

 private:
  const CostModel& costs_;
  std::map<std::string, double> seen_;  ///< by network_key()
};

}  // namespace gradus::executor
