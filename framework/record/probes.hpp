#pragma once

#include <string>
#include <vector>

namespace gradus {

/// The probes that exist, what they need and what they may be told: one table for the lab reader's
/// vocabulary (grader), the supervisor that runs them and the documentation.
struct ProbeKey {
  std::string name;  ///< "total", "mean", "tolerance", ...
  std::string type;  ///< "integer", "number", "text"
  std::string help;
};
struct ProbeInfo {
  std::string name;     ///< "shape", "parameters", "initial_loss", "chance", "batch_independence",
                        ///< "order_independence", "every_parameter_moves", "overfits_one_batch"
  std::string help;     ///< one sentence for a student: what it shows
  std::string weights;  ///< "init", "one_step", "overfit": the latest hand-over that it needs
  std::vector<ProbeKey> keys;
};
const std::vector<ProbeInfo>& probe_table();

}  // namespace gradus
