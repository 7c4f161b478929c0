#include "reports/model/reported.hpp"

#include <cmath>

#include "framework/core/text.hpp"

namespace gradus::reports {
namespace {

Error wrong(const std::string& where, const std::string& task, const std::string& what) {
  return user_error(where, "tasks: 'reported' of '" + printable(task, false, 80) + "' " + what,
                    "wanted {val_accuracy = [0.6584] (fractions, one an arm), source = \"...\"}");
}

/// Nothing for null: the document has no figure for this arm.
Result<std::optional<double>> fraction(const Json& value, const std::string& where,
                                       const std::string& task) {
  if (value.is_null()) return std::optional<double>{};
  const double found = value.is_number() ? value.get<double>() : NAN;
  if (!(found >= 0 && found <= 1)) {
    return wrong(where, task, "found " + printable(value.dump(), false, 60) + " for val_accuracy");
  }
  return std::optional<double>{found};
}

Result<Reported> read_one(const Json& json, const std::string& where, const std::string& task) {
  if (!json.is_object()) return wrong(where, task, "is not an object");
  Reported reported;
  for (const auto& [key, value] : json.items()) {
    if (key == "source" && value.is_string()) {
      reported.source = value.get<std::string>();
    } else if (key == "trained_less" && value.is_boolean()) {
      reported.trained_less = value.get<bool>();
    } else if (key == "val_accuracy") {
      const Json values = value.is_array() ? value : Json::array({value});
      for (const Json& item : values) {
        GRADUS_TRY(auto one, fraction(item, where, task));
        reported.val_accuracy.push_back(one);
      }
    } else {
      return wrong(where, task, "has '" + printable(key, false, 60) + "'");
    }
  }
  return reported;
}

}  // namespace

Result<std::map<std::string, Reported>> reported_of(const LabResult& result,
                                                    const std::string& where) {
  std::map<std::string, Reported> all;
  for (const ResultTask& task : result.tasks) {
    if (task.reported.is_null()) continue;
    GRADUS_TRY(all[task.id], read_one(task.reported, where, task.id));
  }
  return all;
}

}  // namespace gradus::reports
