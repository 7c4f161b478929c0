#include "framework/lab/key.hpp"
#include "grader/checks/bounds.hpp"
#include "grader/checks/measure.hpp"

namespace gradus::grader {
namespace {

using lab::Key;
using lab::ValueType;

CheckResult judge(const Measured& measured, const Bounds& bounds) {
  const std::string wanted = bounds.text(true);
  const std::string at = measured.arm.empty() ? "" : " at " + arm_text(measured.arm);
  CheckResult result;
  result.wanted = wanted;
  if (measured.state == Measured::State::diverged) {
    result.found = "diverged";
    result.trust = Trust::observed;
    result.reason = "There is no gap" + at + ": " + measured.why + ", wanted " + wanted +
                    "; lower the learning rate.";
    return result;
  }
  if (measured.state != Measured::State::value) return stopped(measured, wanted);
  result.found = short_points(measured.value);
  result.reason = "At the end" + at + " training accuracy is " + result.found +
                  " above validation accuracy, wanted " + wanted;
  if (bounds.hold(measured.value)) {
    result.verdict = CheckResult::Verdict::pass;
    result.reason += measured.value >= 0.1 ? ": the network overfits, as its curves show." : ".";
  } else if (bounds.above(measured.value)) {
    result.reason += ": the network overfits; augment, regularise or stop earlier.";
  } else {
    result.reason +=
        ": too little overfitting to see; check that it trained for all its epochs and without "
        "augmentation.";
  }
  return result;
}

CheckResult run(const CheckInput& input) {
  const Bounds bounds = bounds_of(input.options);
  return worst_of(
      input, measure_arms(input, final_gap, "accuracies of training and validation at the end"),
      [&](const Measured& arm) { return judge(arm, bounds); });
}

}  // namespace

CheckInfo gap_check() {
  lab::NamedSpec spec;
  spec.name = "gap";
  spec.help =
      "Training accuracy (recomputed on unaugmented images) minus validation accuracy, both of the "
      "last epoch's weights.";
  spec.keys = bound_keys(ValueType::difference);
  spec.keys.push_back(Key(ValueType::arm, "arm", "only arms with these values"));
  spec.task_kinds = {"train"};
  spec.needs_whole_arms = {"at_least", "at_most"};
  spec.one_of = {"at_least", "at_most"};
  return {std::move(spec), run};
}

}  // namespace gradus::grader
