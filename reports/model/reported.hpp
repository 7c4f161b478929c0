#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "framework/core/result.hpp"
#include "framework/record/lab_result.hpp"

namespace gradus::reports {

/// What the document that a lab follows says its experiment reached.
struct Reported {
  std::vector<std::optional<double>> val_accuracy;  ///< fraction, one an arm in the lab's order
  std::string source;                               ///< where the document says so; may be empty
  bool trained_less = false;  ///< here: fewer epochs or images than the lab's whole training
};

/// `reported` of a result's tasks, by task id, where the lab names it: {val_accuracy: [0.6584],
/// source: "…", trained_less: true where it is}, fractions, one an arm (or null). Errors (user) say
/// what was found and wanted; `where`: the result's file.
Result<std::map<std::string, Reported>> reported_of(const LabResult& result,
                                                    const std::string& where);

}  // namespace gradus::reports
