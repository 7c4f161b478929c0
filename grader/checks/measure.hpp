#pragma once

// What several checks share: taking one figure from the runs of an arm, over trials, and saying why
// where there is none.

#include <functional>
#include <optional>

#include "grader/checks/check.hpp"

namespace gradus::grader {

/// A figure of one arm: the mean over its trials.
struct Measured {
  enum class State {
    value,
    diverged,   ///< a trial's loss became NaN or infinite: the figure is null, and that is a result
    failed,     ///< the submission failed, or its evidence lacks the figure: absence is failure
    not_graded  ///< infrastructure or the lab failed: costs nobody points
  };
  State state = State::failed;
  double value = 0;
  std::string why;  ///< other than value: one sentence
  std::map<std::string, Json> arm;
  std::size_t trials = 0;
};

/// A figure of one run; nullopt where the evidence has none.
using Figure = std::function<std::optional<double>(const Evidence&)>;
/// Training accuracy minus validation accuracy, both of the last weights.
std::optional<double> final_gap(const Evidence& evidence);
/// "best validation accuracy" of "best_val", for sentences; "gap" has one, too.
std::string figure_name(const std::string& figure);
/// Accuracy of a score: "best_val", "final_val", "test", "test_mirror", "train".
Figure accuracy_of(const std::string& score);

/// One Measured per arm, in the task's order. `what` names the figure in sentences.
std::vector<Measured> measure_arms(const CheckInput& input, const Figure& figure,
                                   const std::string& what);
/// The same for figures that are not in the evidence alone, over any list of runs.
std::vector<Measured> measure_runs(
    const std::vector<RunView>& runs,
    const std::function<std::optional<double>(const RunView&)>& figure, const std::string& what);
/// The outcome of the arms that options.arm leaves (all without it), each judged: the first of the
/// worst. Not graded weighs more than a failure: another run may yet show what happened.
CheckResult worst_of(const CheckInput& input, const std::vector<Measured>& arms,
                     const std::function<CheckResult(const Measured&)>& judge);
/// Whether the values of `wanted` (an arm selection of a lab) are those of the arm.
bool matches(const std::map<std::string, Json>& arm, const Json& wanted);
/// Whether the run's arm was stopped early, at a rung of its sweep, and its training is not over
/// for a reason of its own.
bool was_stopped(const RunView& run);
/// "optimizer.lr = 0.1, epochs = 30"; "" where nothing varies.
std::string arm_text(const std::map<std::string, Json>& arm);
/// The same for an arm selection.
std::string arm_text(const Json& wanted);

/// The one evidence that a probe-like check reads: that of the first run; null where it shows
/// nothing. The outcome of what it does not show is then in `stopped`.
struct Looked {
  const Evidence* evidence = nullptr;
  bool cut_short = false;  ///< the submission failed midway: what came before is there
  CheckResult stopped;     ///< failed or not graded
};
Looked look(const CheckInput& input, const std::string& wanted);
/// The outcome of a probe that was measured; null where there is none. looked.evidence is not null.
const ProbeOutcome* measured_probe(const Looked& looked, const std::string& name);
/// Of a probe without an outcome: what ended the run, else absence, which is failure.
CheckResult absent_probe(const Looked& looked, const std::string& name, const std::string& wanted);

/// Result for a Measured that is not a value and not diverged.
CheckResult stopped(const Measured& measured, const std::string& wanted);

}  // namespace gradus::grader
