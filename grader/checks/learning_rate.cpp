#include <algorithm>
#include <cmath>

#include "framework/core/text.hpp"
#include "framework/lab/key.hpp"
#include "framework/record/schedule.hpp"
#include "grader/checks/measure.hpp"

namespace gradus::grader {
namespace {

/// Rates are logged as they are used; only the order of a product may differ.
constexpr double kTolerance = 1e-9;

const EpochRecord* find_epoch(const Evidence& evidence, std::int64_t number) {
  const auto found =
      std::find_if(evidence.epochs.begin(), evidence.epochs.end(),
                   [&](const EpochRecord& record) { return record.epoch == number; });
  return found == evidence.epochs.end() ? nullptr : &*found;
}

/// "" where every epoch's rate is that of the schedule, else the first that is not.
std::string deviation(const RunPlan& plan, const Evidence& evidence) {
  const std::int64_t batch = plan.recipe.batch;
  const std::int64_t steps =
      std::max<std::int64_t>(1, (plan.images_an_epoch() + batch - 1) / batch);
  const std::int64_t last = evidence.stopped_epoch.value_or(
      evidence.diverged_epoch ? *evidence.diverged_epoch - 1 : plan.last_epoch());
  EpochJudge judge(plan.recipe);
  for (std::int64_t number = 1; number <= last; ++number) {
    const EpochRecord* record = find_epoch(evidence, number);
    const std::string at = "in epoch " + std::to_string(number);
    // What is logged is the rate of the epoch's first step.
    const double wanted =
        learning_rate(plan.recipe, (number - 1) * steps, steps, judge.plateau_factor());
    if (record == nullptr || !record->lr)
      return at + " none was logged, wanted " + gradus::number(wanted);
    if (std::abs(*record->lr - wanted) > kTolerance * std::max(1.0, std::abs(wanted)))
      return at + " it is " + gradus::number(*record->lr) + ", wanted " + gradus::number(wanted);
    judge.take(record->val_loss.value_or(INFINITY), record->val_accuracy.value_or(0));
  }
  return "";
}

CheckResult run(const CheckInput& input) {
  CheckResult result;
  result.wanted = "as scheduled";
  result.trust = Trust::claimed;
  for (const RunView& view : input.runs) {
    const std::vector<RunView> only = {view};
    const Looked looked = look({input.options, input.task, only, {}}, result.wanted);
    if (looked.evidence == nullptr) return looked.stopped;
    const std::string found = deviation(view.planned->run, *looked.evidence);
    if (found.empty()) continue;
    const std::string arm = arm_text(view.planned->arm);
    result.found = "not as scheduled";
    result.reason = "The learning rate" + (arm.empty() ? "" : " at " + arm) +
                    " does not follow the schedule: " + found +
                    "; look at when and by how much it is lowered.";
    return result;
  }
  result.verdict = CheckResult::Verdict::pass;
  result.found = "as scheduled";
  result.reason = input.runs.size() == 1
                      ? "Every epoch's learning rate is that of the schedule."
                      : "Every epoch's learning rate is that of the schedule, in all " +
                            std::to_string(input.runs.size()) + " runs.";
  return result;
}

}  // namespace

CheckInfo learning_rate_check() {
  lab::NamedSpec spec;
  spec.name = "learning_rate";
  spec.help =
      "The learning rate that training logged for every epoch is the schedule's closed form. The "
      "training process says it, so points need accept_claimed = true.";
  spec.task_kinds = {"train"};
  spec.claimed = true;
  return {std::move(spec), run};
}

}  // namespace gradus::grader
