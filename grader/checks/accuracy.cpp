#include <algorithm>

#include "framework/core/text.hpp"
#include "framework/lab/key.hpp"
#include "grader/checks/bounds.hpp"
#include "grader/checks/measure.hpp"

namespace gradus::grader {
namespace {

using lab::Key;
using lab::ValueType;

/// Why an accuracy is low, as far as the run's own figures tell.
std::string low_cause(const CheckInput& input, const Measured& measured) {
  for (const RunView& run : input.runs) {
    if (run.evidence == nullptr || run.planned->arm != measured.arm) continue;
    const auto train = run.evidence->scores.find("train");
    const double classes =
        static_cast<double>(std::max<std::int64_t>(2, run.planned->run.data.classes));
    if (measured.value < 1.5 / classes) {
      return "this is near chance, so the network hardly learns: check that forward returns raw "
             "logits, that every layer is registered and the learning rate.";
    }
    if (train == run.evidence->scores.end()) break;
    const double gap = train->second.accuracy - measured.value;
    if (gap > 0.1) {
      return "training accuracy is " + short_percent(train->second.accuracy) +
             ", so the network learns its training images by heart: regularise or augment.";
    }
    return "training accuracy is only " + short_percent(train->second.accuracy) +
           " too, so the network fits too little: check its layers, the learning rate and the "
           "number of epochs.";
  }
  return "check the network's layers and the recipe.";
}

CheckResult judge(const CheckInput& input, const Measured& measured, const Bounds& bounds,
                  const std::string& what) {
  const std::string wanted = bounds.text();
  const std::string at = measured.arm.empty() ? "" : " at " + arm_text(measured.arm);
  const std::string mean =
      measured.trials > 1 ? "mean of " + std::to_string(measured.trials) + " trials: " : "";
  CheckResult result;
  result.wanted = wanted;
  if (measured.state == Measured::State::diverged) {
    // The accuracy is null: nothing is at least anything, and a failed training is at most
    // anything.
    const bool pass = bounds.high && !bounds.low;
    result.verdict = pass ? CheckResult::Verdict::pass : CheckResult::Verdict::fail;
    result.found = "diverged";
    result.trust = Trust::observed;
    result.reason =
        "There is no " + what + at + ": " + measured.why + ", wanted " + wanted +
        (pass ? ", which a diverged run fulfils."
              : "; the loss became NaN or infinite: lower the learning rate or normalise.");
    return result;
  }
  if (measured.state != Measured::State::value) return stopped(measured, wanted);
  result.found = percent(measured.value);
  result.reason = "The " + what + at + " is " + mean + result.found + ", wanted " + wanted;
  if (bounds.hold(measured.value)) {
    result.verdict = CheckResult::Verdict::pass;
    result.reason += ".";
  } else if (bounds.below(measured.value)) {
    result.reason += ": " + low_cause(input, measured);
  } else {
    result.reason +=
        ": more than this setting should reach; check that the arm was trained as the lab says.";
  }
  return result;
}

bool selected(const CheckInput& input, const Measured& measured) {
  const Json& options = input.options;
  if (options.contains("arm") && !matches(measured.arm, options.at("arm"))) return false;
  if (!options.contains("except")) return true;
  return std::none_of(options.at("except").begin(), options.at("except").end(),
                      [&](const Json& out) { return matches(measured.arm, out); });
}

CheckResult run(const CheckInput& input) {
  const std::string score = input.options.value("of", "best_val");
  const std::string what = figure_name(score);
  const Bounds bounds = bounds_of(input.options);
  // All selected arms must hold; the one that is reported is the first that does not, else the
  // last.
  CheckResult shown;
  std::size_t count = 0;
  double lowest = 2, highest = -1;
  for (const Measured& measured : measure_arms(input, accuracy_of(score), what)) {
    if (!selected(input, measured)) continue;
    CheckResult result = judge(input, measured, bounds, what);
    if (measured.state == Measured::State::value) {
      lowest = std::min(lowest, measured.value);
      highest = std::max(highest, measured.value);
    }
    // Not graded weighs more than a failure: another run may yet show what happened.
    const bool worse = static_cast<int>(result.verdict) > static_cast<int>(shown.verdict);
    if (count++ == 0 || worse) shown = std::move(result);
  }
  if (count == 0) {
    shown.found = "no run";
    shown.wanted = bounds.text();
    shown.reason = "No run of the task is one of the arms that this item asks for.";
  } else if (count > 1 && shown.verdict == CheckResult::Verdict::pass && highest >= 0) {
    shown.found = percent(lowest) + " to " + percent(highest);
    shown.reason = "The " + what + " of " + std::to_string(count) + " arms lies from " +
                   percent(lowest) + " to " + percent(highest) + ", wanted " + shown.wanted +
                   " of each.";
  }
  return shown;
}

}  // namespace

CheckInfo accuracy_check() {
  lab::NamedSpec spec;
  spec.name = "accuracy";
  spec.help =
      "The accuracy of every chosen arm (all, unless `arm` or `except` says otherwise), the mean "
      "over trials, "
      "lies within the bounds. A diverged run has none: `at_most` passes, `at_least` fails.";
  spec.keys = bound_keys(ValueType::fraction);
  spec.keys.insert(spec.keys.begin(),
                   Key(ValueType::text, "of", "which accuracy")
                       .one_of({"best_val", "final_val", "test", "test_mirror", "train"})
                       .or_else("best_val"));
  spec.keys.push_back(Key(ValueType::arm, "arm", "only arms with these values"));
  spec.keys.push_back(Key(ValueType::arms, "except", "all arms but these"));
  spec.task_kinds = {"train"};
  spec.needs_whole_arms = {"at_least", "at_most", "between"};
  spec.one_of = {"at_least", "at_most", "between"};
  return {std::move(spec), run};
}

}  // namespace gradus::grader
