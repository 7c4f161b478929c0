#include "grader/checks/check.hpp"

namespace gradus::grader {

const std::vector<CheckInfo>& check_table() {
  static const std::vector<CheckInfo> table = {
      parameters_check(), shape_check(), initial_loss_check(),  probe_check(),
      accuracy_check(),   gap_check(),   learning_rate_check(), sweep_check(),
      compare_check(),    weights_check(),
  };
  return table;
}

const CheckInfo* find_check(const std::string& name) {
  for (const CheckInfo& check : check_table()) {
    if (check.spec.name == name) return &check;
  }
  return nullptr;
}

std::string other_task(const CheckInfo& check, const Json& options) {
  for (const lab::KeySpec& key : check.spec.keys) {
    if (key.type == lab::ValueType::other_task) return options.value(key.name, "");
  }
  return "";
}

}  // namespace gradus::grader
