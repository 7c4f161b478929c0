#include "framework/cli/plan_cost.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "framework/core/text.hpp"
#include "grader/stop_arms/decide.hpp"

namespace gradus::cli {
namespace {

/// How many of so many arms go on from a rung when no two are equal: the rule itself is asked. With
/// equal ones the median rule lets more go on.
std::size_t going_on(const lab::StopArms& stop, std::size_t arms) {
  std::vector<std::optional<double>> figures(arms);
  for (std::size_t i = 0; i < arms; ++i)
    figures[i] = static_cast<double>(i) / static_cast<double>(arms);
  const auto decisions = grader::decide(stop, figures);
  return static_cast<std::size_t>(
      std::count_if(decisions.begin(), decisions.end(),
                    [](const grader::ArmDecision& one) { return one.goes_on; }));
}

/// Epochs of a run, the mean over the places that its arm may have at the rungs.
double expected_epochs(const RunPlan& run, const lab::Lab& lab, const std::string& task_id) {
  const lab::Task* task = lab::task_named(lab.tasks, task_id);
  if (task == nullptr || !run.cut_short()) return static_cast<double>(run.last_epoch());
  std::size_t arms = task->arms.size();
  double epochs = 0;
  std::int64_t from = 0;
  const auto train_to = [&](std::int64_t epoch) {
    epochs += static_cast<double>(arms) / static_cast<double>(task->arms.size()) *
              static_cast<double>(epoch - from);
    from = epoch;
  };
  for (const std::int64_t rung : lab::rungs_of(lab, *task)) {
    train_to(rung);
    arms = going_on(task->stop_arms, arms);
  }
  train_to(run.recipe.epochs);
  return epochs;
}

}  // namespace

PlanCost cost_of(const Plan& plan, const lab::Lab& lab) {
  struct Training {
    const RunPlan* run = nullptr;
    double epochs = 0;  // of several arms that are one training the longest counts
  };
  std::map<std::string, Training> trainings;
  for (const PlannedRun& planned : plan.runs) {
    Training& training = trainings[planned.run.trajectory_hash()];
    training.run = &planned.run;
    training.epochs = std::max(training.epochs, expected_epochs(planned.run, lab, planned.task));
  }
  PlanCost cost;
  double epochs = 0, images = 0;
  for (const auto& [hash, training] : trainings) {
    ++cost.runs;
    const RunPlan& run = *training.run;
    if (run.kind == "probe") continue;
    epochs += training.epochs;
    images += training.epochs * static_cast<double>(run.images_an_epoch());
    cost.most_epochs += run.recipe.epochs;
    cost.most_images += run.recipe.epochs * run.images_an_epoch();
  }
  cost.epochs = std::llround(epochs);
  cost.images = std::llround(images);
  return cost;
}

std::string evidence_text(const Plan& plan, const std::vector<bool>& known, bool fresh) {
  // A training is there once all of its runs are, however often each is planned.
  std::map<std::string, bool> trainings;
  for (std::size_t i = 0; i < plan.runs.size(); ++i) {
    bool& there = trainings.try_emplace(plan.runs[i].run.trajectory_hash(), true).first->second;
    there = there && known[i];
  }
  const auto count = std::count_if(trainings.begin(), trainings.end(),
                                   [](const auto& training) { return training.second; });
  if (count == 0) return "";
  return "; evidence of " + std::to_string(count) + (fresh ? " is made anew" : " is there");
}

std::string PlanCost::text() const {
  const auto counted = [](std::int64_t count, const std::string& what) {
    return with_commas(count) + " " + what + (count == 1 ? "" : "s");
  };
  const std::string distinct = counted(static_cast<std::int64_t>(runs), "distinct run");
  if (most_epochs == 0) return distinct + ", nothing to train";
  if (most_epochs == epochs)
    return distinct + ", " + counted(epochs, "epoch") + ", " + counted(images, "image");
  return distinct + ", about " + counted(epochs, "epoch") + ", at most " +
         with_commas(most_epochs) + "; about " + counted(images, "image") + ", at most " +
         with_commas(most_images) + " (arms of a sweep may be stopped early)";
}

}  // namespace gradus::cli
