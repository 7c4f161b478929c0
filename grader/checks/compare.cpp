#include <algorithm>

#include "framework/core/text.hpp"
#include "framework/lab/key.hpp"
#include "grader/checks/bounds.hpp"
#include "grader/checks/measure.hpp"

namespace gradus::grader {
namespace {

using lab::Key;
using lab::ValueType;

Figure figure_of(const std::string& name) {
  return name == "gap" ? Figure(final_gap) : accuracy_of(name);
}

std::string text_of(const std::string& figure, double value) {
  return figure == "gap" ? short_points(value) : percent(value);
}

/// What the other task is held to: the highest figure of its arms. An arm that failed or was not
/// graded decides the outcome, in `stopped`.
struct Standard {
  std::optional<double> value;
  CheckResult stopped;
};

Standard standard(const CheckInput& input, const std::string& figure, const std::string& other,
                  const std::string& wanted) {
  Standard out;
  out.stopped.wanted = wanted;
  out.stopped.found = "no result";
  out.stopped.reason = "Task '" + other + "' has no run to compare with.";
  for (const Measured& arm : measure_runs(
           input.others, [&](const RunView& run) { return figure_of(figure)(*run.evidence); },
           figure_name(figure))) {
    if (arm.state == Measured::State::value) {
      out.value = std::max(out.value.value_or(arm.value), arm.value);
    } else if (arm.state == Measured::State::diverged) {
      out.stopped.reason = "Task '" + other + "' has nothing to compare with: " + arm.why + ".";
      out.stopped.trust = Trust::observed;
    } else {
      out.value.reset();
      out.stopped = stopped(arm, wanted);
      out.stopped.reason = "In task '" + other + "', which this is compared with: " + arm.why;
      return out;
    }
  }
  return out;
}

CheckResult judge(const Measured& arm, double other, const Bounds& bounds,
                  const std::string& figure, const std::string& other_task,
                  const std::string& wanted) {
  CheckResult result;
  result.wanted = wanted;
  const std::string at = arm.arm.empty() ? "" : " at " + arm_text(arm.arm);
  if (arm.state == Measured::State::diverged) {
    result.found = "diverged";
    result.trust = Trust::observed;
    result.reason = "There is no " + figure_name(figure) + at + ": " + arm.why + ", wanted " +
                    wanted + "; lower the learning rate.";
    return result;
  }
  if (arm.state != Measured::State::value) return stopped(arm, wanted);
  const double difference = arm.value - other;
  result.found = (difference > 0 ? "+" : "") + short_points(difference);
  result.reason = "The " + figure_name(figure) + at + " is " + text_of(figure, arm.value) +
                  ", in task '" + other_task + "' it is " + text_of(figure, other) + ": " +
                  result.found + ", wanted " + wanted;
  if (bounds.hold(difference)) {
    result.verdict = CheckResult::Verdict::pass;
    result.reason += ".";
  } else {
    result.reason +=
        std::string(": ") +
        (bounds.below(difference) ? "lower than it should be beside it"
                                  : "higher than it should be beside it") +
        "; compare the curves of both, and check that what this task adds takes effect.";
  }
  return result;
}

CheckResult run(const CheckInput& input) {
  const std::string figure = input.options.value("of", "best_val");
  const std::string other = input.options.value("with", "");
  const Bounds bounds = bounds_of(input.options);
  const std::string wanted = bounds.text(true) + " against '" + other + "'";
  const Standard held = standard(input, figure, other, wanted);
  return worst_of(
      input, measure_arms(input, figure_of(figure), figure_name(figure)), [&](const Measured& arm) {
        // Its own failure says more than that of the task beside it.
        const bool own =
            arm.state == Measured::State::failed || arm.state == Measured::State::not_graded;
        if (own) return stopped(arm, wanted);
        return held.value ? judge(arm, *held.value, bounds, figure, other, wanted) : held.stopped;
      });
}

}  // namespace

CheckInfo compare_check() {
  lab::NamedSpec spec;
  spec.name = "compare";
  spec.help =
      "A figure of this task (every chosen arm, the mean over trials) minus that of another task "
      "(its highest arm) lies within the bounds. A diverged run has no figure and fails.";
  spec.keys = bound_keys(ValueType::difference);
  std::erase_if(spec.keys, [](const lab::KeySpec& key) { return key.name == "between"; });
  spec.keys.insert(spec.keys.begin(),
                   {Key(ValueType::text, "of",
                        "which figure; gap: training minus validation "
                        "accuracy at the end")
                        .one_of({"best_val", "final_val", "test", "test_mirror", "train", "gap"})
                        .or_else("best_val"),
                    Key(ValueType::other_task, "with", "the task to compare with").required()});
  spec.keys.push_back(Key(ValueType::arm, "arm", "only arms with these values"));
  spec.task_kinds = {"train"};
  spec.needs_whole_arms = {"at_least", "at_most"};
  spec.one_of = {"at_least", "at_most"};
  return {std::move(spec), run};
}

}  // namespace gradus::grader
