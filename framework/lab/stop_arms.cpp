// [task.stop_arms]: when arms of a sweep are compared, and who of them goes on.
//
// Successive halving: K. Jamieson and A. Talwalkar, "Non-stochastic best arm identification and
// hyperparameter optimization", AISTATS 2016. The median rule: D. Golovin et al., "Google Vizier: a
// service for black-box optimization", KDD 2017, section 3.2. The epochs at which arms are compared
// are called rungs after L. Li et al., "A system for massively parallel hyperparameter tuning",
// MLSys 2020. The decision itself is the grader's (grader/stop_arms).

#include <algorithm>
#include <cmath>

#include "framework/core/text.hpp"
#include "framework/lab/parts.hpp"
#include "framework/lab/schema.hpp"

namespace gradus::lab {
namespace {

/// Of a recipe as it stands; 0 where there is no arm.
std::int64_t shortest(const Task& task) {
  std::int64_t least = 0;
  for (const auto& arm : task.arms) {
    const std::int64_t epochs = run_of_arm(task, arm).recipe.epochs;
    if (least == 0 || epochs < least) least = epochs;
  }
  return least;
}

/// Whole and ascending; else the first that is not is reported, and there are none.
std::vector<std::int64_t> whole_rungs(const Table& table, Problems& problems) {
  std::vector<std::int64_t> rungs;
  const std::string subject = table.path() + ".rungs: found ";
  for (const double value : table.numbers("rungs")) {
    std::string wrong;
    if (value != std::floor(value)) {
      wrong = gradus::number(value) + ", wanted whole epochs";
    } else if (!rungs.empty() && value <= static_cast<double>(rungs.back())) {
      wrong = gradus::number(value) + " after " + std::to_string(rungs.back()) +
              ", wanted ascending numbers of epochs";
    }
    if (!wrong.empty()) {
      problems.add(table.at("rungs"), subject + wrong);
      return {};
    }
    rungs.push_back(static_cast<std::int64_t>(value));
  }
  return rungs;
}

/// `written`: as it stands in the file; null where it does not.
void check_keep(const Table& table, const Node* written, const StopArms& stop, Problems& problems) {
  if (written != nullptr && !table.has("keep")) return;  // wrong, and reported
  const std::string subject = table.path() + ".keep: found ";
  if (stop.rule == "successive_halving" && !table.has("keep")) {
    problems.add(table.origin(), subject +
                                     "none, wanted the share of the arms that goes on from a rung "
                                     "(keep = 0.5)");
  }
  if (stop.rule == "median" && table.has("keep")) {
    problems.add(table.at("keep"), subject + gradus::number(stop.keep) +
                                       " with the rule \"median\", which has no use for it; wanted "
                                       "it with \"successive_halving\" only");
  } else if (stop.keep >= 1) {
    problems.add(table.at("keep"), subject + gradus::number(stop.keep) +
                                       ", with which no arm is ever stopped; wanted a "
                                       "share below 1");
  }
}

}  // namespace

void read_stop_arms(const Node* node, const std::string& path, Task& task, Problems& problems) {
  if (node == nullptr) return;
  const Table table(node, path, table_spec("task.stop_arms").keys, problems);
  StopArms stop{table.text("rule"), whole_rungs(table, problems), 0};
  if (table.has("keep")) stop.keep = table.number("keep");
  check_keep(table, node->find("keep"), stop, problems);
  if (task.arms.size() == 1) {  // none at all: they are wrong and reported
    problems.add(table.origin(), path +
                                     ": found a rule that compares arms in a task with one arm, "
                                     "wanted vary = ... with two arms or more");
  }
  task.stop_arms = std::move(stop);
}

void check_rungs(const Lab& lab, const Node& root, Problems& problems) {
  const Node* tasks = root.find("task");
  for (const Task& task : lab.tasks) {
    if (tasks == nullptr || task.stop_arms.rungs.empty() || task.arms.empty()) continue;
    const auto node = std::find_if(tasks->items.begin(), tasks->items.end(), [&](const Node& one) {
      const Node* id = one.find("id");
      return id != nullptr && id->text == task.id;
    });
    if (node == tasks->items.end()) continue;
    const std::int64_t last = task.stop_arms.rungs.back(), epochs = shortest(task);
    if (last < epochs) continue;
    problems.add(node->find("stop_arms")->find("rungs")->at,
                 "task." + task.id + ".stop_arms.rungs: found the rung " + std::to_string(last) +
                     ", wanted rungs below the epochs of the shortest arm, " +
                     std::to_string(epochs));
  }
}

std::vector<std::int64_t> rungs_of(const Lab& lab, const Task& task) {
  std::vector<std::int64_t> rungs;
  if (lab.complete || task.stop_arms.rule.empty() || task.arms.size() < 2) return rungs;
  const std::int64_t epochs = shortest(task);
  for (const std::int64_t rung : task.stop_arms.rungs) {
    if (rung < epochs) rungs.push_back(rung);
  }
  return rungs;
}

}  // namespace gradus::lab
