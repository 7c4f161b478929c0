#pragma once

#include <string>
#include <vector>

#include "framework/record/plan.hpp"

namespace gradus {

/// The probes that exist, what they need and what they may be told: one table for the lab reader's
/// vocabulary (grader), the supervisor that runs them, the trainer that measures for some of them,
/// and the documentation.
struct ProbeKey {
  std::string name;  ///< "total", "mean", "tolerance", ...
  std::string type;  ///< "integer", "number", "text"
  std::string help;
  std::vector<std::string> choices = {};  ///< of a text; empty: any
  bool required = false, may_be_negative = false;
};

inline constexpr int kLowestLevel = 1, kHighestLevel = 10;

/// How strict a probe is. A check up to a level runs the probes of all levels up to it:
///   1 shapes, finite values · 2 parameters, element by element · 3 before training, known figures
///   · 4 independence, one step · 5 learns one batch, survives the hand-over · 6 where the answers
///   come from · 7 what the trainer sees of gradients, inputs and buffers · 8 activity of the units
///   · 9 costly ones
struct ProbeInfo {
  std::string name;
  int level = 1;        ///< kLowestLevel to kHighestLevel; up to 5 they are quick
  std::string subject;  ///< kind of plugin that it looks at: "model", "activation", "augmentation"
  std::string help;     ///< one sentence for a student: what it shows
  std::string weights;  ///< "init", "one_step", "overfit": the latest hand-over that it needs
  std::vector<ProbeKey> keys = {};
  bool claimed = false;  ///< the trainer measures: the verdict rests on a claim
};
const std::vector<ProbeInfo>& probe_table();
/// Null for an unknown name.
const ProbeInfo* find_probe_info(const std::string& name);

/// The latest hand-over that any of the plan's probes needs.
std::string last_hand_over(const RunPlan& plan);
/// Whether the plan lists the probe.
bool lists_probe(const RunPlan& plan, const std::string& name);
/// Names of the plan's probes that rest on what the trainer measures, in the plan's order.
std::vector<std::string> claimed_probes(const RunPlan& plan);

}  // namespace gradus
