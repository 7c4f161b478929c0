#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "framework/core/result.hpp"
#include "framework/record/plan.hpp"

namespace gradus::reports {

/// What the document that a lab follows says its experiment reached.
struct Reported {
  std::vector<std::optional<double>> val_accuracy;  ///< fraction, one an arm in the lab's order
  std::string source;                               ///< where the document says so; may be empty
};

/// Takes "reported" out of the tasks of result.json, where a lab gives it:
/// `{val_accuracy = [0.6584], source = "…"}`, fractions, one an arm (or null). Returns it by task
/// id; what is left of `result` is what record knows. Errors (user) say what was found and wanted.
Result<std::map<std::string, Reported>> take_reported(Json& result, const std::string& where);

}  // namespace gradus::reports
