// Conditions on arms that no submission can meet, or that none can fail: arms that the condition
// itself leaves out, arms that are compared with themselves, a spread of one.

#include <algorithm>

#include "framework/core/text.hpp"
#include "framework/lab/lint.hpp"

namespace gradus::lab {

bool same_arm(const Arm& arm, const Json& wanted) {
  return std::all_of(wanted.items().begin(), wanted.items().end(), [&](const auto& item) {
    const auto at = arm.find(item.key());
    return at != arm.end() && at->second == item.value();
  });
}

std::vector<const Arm*> arms_of(const Task& task, const Json& options) {
  std::vector<const Arm*> left;
  const Json except = options.value("except", Json::array());
  for (const Arm& arm : task.arms) {
    if (options.contains("arm") && !same_arm(arm, options.at("arm"))) continue;
    if (std::none_of(except.begin(), except.end(),
                     [&](const Json& out) { return same_arm(arm, out); }))
      left.push_back(&arm);
  }
  return left;
}

namespace {

bool lint_nothing_left(const Condition& at) {
  if (!at.options.contains("except") || !arms_of(at.task, at.options).empty()) return false;
  at.error("except", std::string("found ") +
                         (at.options.contains("arm") ? "all that arm names in task '"
                                                     : "every arm of task '") +
                         at.task.id + "', wanted one that is left to look at");
  return true;
}

void lint_worst(const Condition& at) {
  if (!at.options.contains("worst") || !at.options.at("worst").contains("arm")) return;
  const Json& worst = at.options.at("worst").at("arm");
  const auto arms = arms_of(at.task, at.options);
  const auto chosen = std::count_if(arms.begin(), arms.end(),
                                    [&](const Arm* arm) { return same_arm(*arm, worst); });
  if (chosen == 0)
    at.error("worst.arm", "found an arm that except leaves out, wanted one that is looked at");
  else if (chosen == static_cast<std::ptrdiff_t>(arms.size()))
    at.error("worst.arm", "found every arm that is looked at, wanted others beside it");
}

void lint_within(const Condition& at) {
  if (!at.options.contains("within")) return;
  auto arms = arms_of(at.task, at.options);
  if (at.options.contains("worst") && at.options.at("worst").contains("arm"))
    std::erase_if(arms,
                  [&](const Arm* arm) { return same_arm(*arm, at.options.at("worst").at("arm")); });
  if (arms.size() != 1) return;
  at.error("within",
           "found a spread of one arm, which is always 0; wanted two arms or more that are "
           "left to look at");
}

void lint_best(const Condition& at) {
  const Json* key = value_at(at.options, "best.key");
  if (key == nullptr || !key->is_string()) return;
  const std::string name = key->get<std::string>();
  for (const Arm* arm : arms_of(at.task, at.options)) {
    const auto value = arm->find(name);
    if (value == arm->end() || value->second.is_number()) continue;
    at.error("best.key", "found '" + name + "', whose values in task '" + at.task.id +
                             "' are no numbers, so that none is at most or at least another; "
                             "wanted a key of numbers");
    return;
  }
}

/// `times` and `than` of the check weights: a share against itself.
void lint_than(const Condition& at) {
  if (!at.options.contains("than")) return;
  const auto own = arms_of(at.task, at.options);
  const auto other = arms_of(at.task, {{"arm", at.options.at("than")}});
  if (own != other) return;
  at.error("than",
           "found the arms that are looked at themselves, wanted others to compare them with");
}

void lint_condition(const Condition& at) {
  if (lint_nothing_left(at)) return;
  lint_worst(at);
  lint_within(at);
  lint_best(at);
  lint_than(at);
}

}  // namespace

void lint_arms(const Lint& lint) { for_each_condition(lint, lint_condition); }

}  // namespace gradus::lab
