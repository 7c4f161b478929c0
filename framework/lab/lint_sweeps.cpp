// Settings of a sweep that no run uses.

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "framework/core/text.hpp"
#include "framework/lab/lint.hpp"
#include "framework/lab/parts.hpp"

namespace gradus::lab {
namespace {

using Names = std::set<std::string>;

/// Methods that look at a key of [recipe.optimizer] or [recipe.schedule]; all do where it is
/// missing.
const std::map<std::string, Names>& users() {
  static const std::map<std::string, Names> table = {
      {"optimizer.momentum", {"sgd", "rmsprop", "muon"}},
      {"optimizer.nesterov", {"sgd", "muon"}},
      {"optimizer.sgd_lr", {"muon"}},
      {"optimizer.decays", {"sgd", "adam", "adamw", "rmsprop", "adadelta"}},
      {"optimizer.beta1", {"adam", "adamw"}},
      {"optimizer.beta2", {"adam", "adamw"}},
      {"optimizer.rho", {"rmsprop", "adadelta"}},
      {"optimizer.eps", {"adam", "adamw", "rmsprop", "adadelta"}},
      {"schedule.factor", {"step", "multi_step", "exponential", "plateau"}},
      {"schedule.every", {"step"}},
      {"schedule.milestones", {"multi_step", "lambda"}},
      {"schedule.factors", {"lambda"}},
      {"schedule.interpolate", {"lambda"}},
      {"schedule.period", {"cosine"}},
      {"schedule.min_lr", {"cosine", "plateau"}},
      {"schedule.rise", {"one_cycle"}},
      {"schedule.start", {"one_cycle"}},
      {"schedule.end", {"one_cycle"}},
      {"schedule.anneal", {"one_cycle"}},
      {"schedule.patience", {"plateau"}},
      {"schedule.monitor", {"plateau"}},
      {"schedule.min_delta", {"plateau"}},
  };
  return table;
}

Origin axis_place(const Node& task, const std::string& key) {
  const Node* vary = task.find("vary");
  const Node* form = vary->find("zip") != nullptr ? vary->find("zip") : vary->find("grid");
  return place_of(*form, key);
}

/// Rates of these change within an epoch where schedule.per says so. A constant never changes, the
/// plateau waits for an epoch's end, one_cycle always goes step by step.
bool has_form_within_epochs(const std::string& schedule) {
  return schedule != "constant" && schedule != "plateau" && schedule != "one_cycle";
}

/// True where every arm's images are a plugin's business.
bool augmented(const Task& task) {
  return task.augmentation ||
         std::find(task.varied.begin(), task.varied.end(), "augmentation") != task.varied.end();
}

/// Whether another setting, which is off, turns the key off; nothing for a key of no such kind.
std::optional<bool> idle_without(const Recipe& recipe, const std::string& key) {
  if (key == "penalize") return recipe.l1 == 0 && recipe.l2 == 0;
  if (key == "optimizer.decays") return recipe.optimizer.weight_decay == 0;
  if (key == "schedule.warmup_from") return recipe.schedule.warmup == 0;
  if (key == "early_stop.monitor" || key == "early_stop.min_delta")
    return recipe.early_stop.patience == 0;
  if (key == "schedule.per") return !has_form_within_epochs(recipe.schedule.name);
  return std::nullopt;
}

/// True where some arm's method looks at the key.
bool used(const Task& task, const std::string& key) {
  const auto known = users().find(key);
  return std::any_of(task.arms.begin(), task.arms.end(), [&](const auto& arm) {
    const RunPlan run = run_of_arm(task, arm);
    if (key.starts_with("input.") && run.augmentation) return false;
    if (key == "input.pad") return run.input.crop > 0;
    if (key == "input.flip_by") return run.input.flip;
    if (key == "input.resize_else") return !run.input.resize.empty();
    if (const auto idle = idle_without(run.recipe, key)) return !*idle;
    if (known == users().end()) return true;
    const bool optimizer = key.starts_with("optimizer.");
    return known->second.contains(optimizer ? run.recipe.optimizer.name : run.recipe.schedule.name);
  });
}

/// Values of the task's own tables that every arm replaces.
void lint_fixed(const Lint& lint, const Task& task, const Node& node) {
  const auto varied = [&](const std::string& key) {
    return std::find(task.varied.begin(), task.varied.end(), key) != task.varied.end();
  };
  const auto report = [&](const Origin& at, const std::string& key) {
    lint.errors.add(at, "task." + task.id + ": found a value for '" + key +
                            "', which the task varies, so that no run uses it; wanted it in one "
                            "of them");
  };
  for (const std::string table : {"recipe", "input"}) {
    const Node* own = node.find(table);
    if (own == nullptr) continue;
    for (const Leaf& leaf : flatten(*own)) {
      const std::string key = table == "input" ? "input." + leaf.path : leaf.path;
      if (varied(key)) report(leaf.at, key);
    }
  }
  for (const std::string key : {"activation", "augmentation"}) {
    if (varied(key) && node.find(key) != nullptr) report(node.find(key)->at, key);
  }
}

/// A default that a profile sets and that no train task takes, since all of them vary it.
void lint_default(const Lint& lint, const std::string& table) {
  const Node* now = lint.root.find(table);
  if (now == nullptr) return;
  std::map<std::string, std::string> before;  // key → place
  if (const Node* original = lint.original.find(table)) {
    for (const Leaf& leaf : flatten(*original)) before[leaf.path] = leaf.at.text();
  }
  for (const Leaf& leaf : flatten(*now)) {
    const auto was = before.find(leaf.path);
    if (was != before.end() && was->second == leaf.at.text()) continue;  // the file's own
    const std::string key = table == "input" ? "input." + leaf.path : leaf.path;
    bool any = false, all = true;
    for (const Task& task : lint.lab.tasks) {
      if (task.kind != "train") continue;
      any = true;
      all = all && std::find(task.varied.begin(), task.varied.end(), key) != task.varied.end();
    }
    if (!any || !all) continue;
    lint.errors.add(leaf.at, table + "." + leaf.path +
                                 ": found a value for a key that every train "
                                 "task varies, so that no run uses it; wanted "
                                 "task.ID.vary changed");
  }
}

/// Items that ask of every arm what only its last epoch can answer.
void lint_stopped(const Lint& lint) {
  for (std::size_t i = 0; i < lint.lab.rubric.size(); ++i) {
    const RubricItem& item = lint.lab.rubric[i];
    const Task* task = task_named(lint.lab.tasks, item.task);
    const NamedSpec* check = spec_named(lint.vocabulary.checks, item.check);
    if (task == nullptr || check == nullptr || rungs_of(lint.lab, *task).empty()) continue;
    const std::vector<Option> options = options_of(item.options);
    for (const std::string& key : check->needs_whole_arms) {
      const bool asked = std::any_of(options.begin(), options.end(), [&](const Option& option) {
        return option.path == key || option.path.starts_with(key + ".");
      });
      if (!asked) continue;
      lint.warnings.add(place_of(item_of(lint.root, "rubric", i), key),
                        "rubric." + item.id + "." + key +
                            ": found what only an arm that was trained to its end can answer, in "
                            "task '" +
                            task->id +
                            "', whose arms may be stopped early: they count with what they had "
                            "reached; wanted the sweep's best arm only, or every arm complete "
                            "(without stop_arms, or run.complete = true)");
      break;
    }
  }
}

}  // namespace

void lint_sweeps(const Lint& lint) {
  lint_stopped(lint);
  for (std::size_t i = 0; i < lint.lab.tasks.size(); ++i) {
    const Task& task = lint.lab.tasks[i];
    const Node& node = item_of(lint.root, "task", i);
    lint_fixed(lint, task, node);
    for (const std::string& key : task.varied) {
      if (used(task, key)) continue;
      const bool input = key.starts_with("input.") && augmented(task);
      lint.errors.add(
          axis_place(node, key),
          "task." + task.id + ".vary: found '" + key + "', which " +
              (input ? "an augmentation plugin turns off" : "nothing in its arms looks at") +
              ", so that all arms are alike; wanted a key that changes something");
    }
  }
  lint_default(lint, "recipe");
  lint_default(lint, "input");
}

}  // namespace gradus::lab
