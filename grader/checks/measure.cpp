#include "grader/checks/measure.hpp"

#include <algorithm>
#include <cmath>

#include "framework/core/text.hpp"

namespace gradus::grader {
namespace {

/// With a full stop.
std::string ended(std::string text) {
  if (text.empty()) return text;
  if (text.back() != '.' && text.back() != '!' && text.back() != '?') text += '.';
  return text;
}

/// And with a capital letter, but for a name of code: forward() stays as it is written.
std::string sentence(std::string text) {
  const char first = text.empty() ? '\0' : text.front();
  const bool code = text.substr(0, text.find(' ')).find_first_of("(_") != std::string::npos;
  if (!code && first >= 'a' && first <= 'z') text.front() = static_cast<char>(first - 'a' + 'A');
  return ended(std::move(text));
}

/// " in its phase 'one step'": when it happened, for people who do not know our phases.
std::string phase_text(const std::string& phase) {
  if (phase.empty()) return "";
  if (phase == "load") return " while it loaded (libraries, constructor, a first call of forward)";
  return " in its phase '" + printable(phase, false, 80) + "'";
}

std::string failure_text(const Failure& failure) {
  std::string text = failure.code.empty() ? "" : failure.code + ": ";
  text += failure.code.empty() ? sentence(failure.what) : ended(failure.what);
  if (!failure.cure.empty()) text += " " + sentence(failure.cure);
  return text;
}

/// State and sentence of a run that has no figure to take; `value` where it may have.
Measured standing(const RunView& run) {
  Measured out;
  if (run.evidence == nullptr) {
    out.state = Measured::State::not_graded;
    out.why =
        run.not_graded != nullptr
            ? "Not graded, through no fault of the submission: " + failure_text(*run.not_graded)
            : "Not graded: the run " + run.planned->id + " has not been made.";
    return out;
  }
  const Evidence& evidence = *run.evidence;
  if (evidence.status == "diverged") {
    out.state = Measured::State::diverged;
    out.why =
        "training diverged" +
        (evidence.diverged_epoch ? " in epoch " + std::to_string(*evidence.diverged_epoch) : "");
    return out;
  }
  if (evidence.status == "done") {
    out.state = Measured::State::value;
    return out;
  }
  const bool ours = evidence.failure && evidence.failure->fault != Fault::submission;
  out.state = ours ? Measured::State::not_graded : Measured::State::failed;
  const std::string why =
      evidence.failure ? failure_text(*evidence.failure) : "the run ended without a result.";
  const std::string phase = evidence.failure ? phase_text(evidence.failure->phase) : "";
  out.why = (ours ? "Not graded, through no fault of the submission: "
                  : "The run failed" + phase + ". ") +
            why;
  return out;
}

/// Folds a trial into its arm. What hides more wins: not graded, failed, diverged, value.
void fold(Measured& arm, const Measured& trial) {
  if (arm.trials++ == 0) {
    arm.state = trial.state;
    arm.value = trial.value;
    arm.why = trial.why;
    return;
  }
  if (static_cast<int>(trial.state) > static_cast<int>(arm.state)) {
    arm.state = trial.state;
    arm.why = trial.why;
  }
  arm.value += trial.value;
}

std::string value_text(const Json& value) {
  if (value.is_number_float()) return number(value.get<double>());
  if (value.is_string()) return printable(value.get<std::string>(), false, 60);
  return value.dump();
}

bool same_value(const Json& a, const Json& b) {
  if (a.is_number() && b.is_number()) return a.get<double>() == b.get<double>();
  return a == b;
}

}  // namespace

Figure accuracy_of(const std::string& score) {
  return [score](const Evidence& evidence) -> std::optional<double> {
    const auto found = evidence.scores.find(score);
    if (found == evidence.scores.end() || !std::isfinite(found->second.accuracy))
      return std::nullopt;
    return found->second.accuracy;
  };
}

std::optional<double> final_gap(const Evidence& evidence) {
  const auto train = accuracy_of("train")(evidence);
  const auto val = accuracy_of("final_val")(evidence);
  if (!train || !val) return std::nullopt;
  return *train - *val;
}

std::string figure_name(const std::string& figure) {
  if (figure == "best_val") return "best validation accuracy";
  if (figure == "final_val") return "final validation accuracy";
  if (figure == "gap") return "gap between training and validation";
  if (figure == "test_mirror") return "test accuracy with mirror images averaged in";
  return figure == "test" ? "test accuracy" : "training accuracy";
}

std::vector<Measured> measure_arms(const CheckInput& input, const Figure& figure,
                                   const std::string& what) {
  return measure_runs(
      input.runs, [&](const RunView& run) { return figure(*run.evidence); }, what);
}

std::vector<Measured> measure_runs(
    const std::vector<RunView>& runs,
    const std::function<std::optional<double>(const RunView&)>& figure, const std::string& what) {
  std::vector<Measured> arms;
  for (const RunView& run : runs) {
    Measured trial = standing(run);
    if (trial.state == Measured::State::value) {
      if (const auto value = figure(run)) {
        trial.value = *value;
      } else {
        trial.state = Measured::State::failed;
        trial.why = "The evidence of run " + run.planned->id + " holds no " + what + ".";
      }
    }
    auto arm = std::find_if(arms.begin(), arms.end(),
                            [&](const Measured& m) { return m.arm == run.planned->arm; });
    if (arm == arms.end()) {
      arms.emplace_back();
      arm = arms.end() - 1;
      arm->arm = run.planned->arm;
    }
    fold(*arm, trial);
  }
  for (Measured& arm : arms) arm.value /= static_cast<double>(arm.trials);
  return arms;
}

CheckResult worst_of(const CheckInput& input, const std::vector<Measured>& arms,
                     const std::function<CheckResult(const Measured&)>& judge) {
  CheckResult shown;
  bool first = true;
  for (const Measured& arm : arms) {
    if (input.options.contains("arm") && !matches(arm.arm, input.options.at("arm"))) continue;
    CheckResult result = judge(arm);
    if (first || static_cast<int>(result.verdict) > static_cast<int>(shown.verdict))
      shown = std::move(result);
    first = false;
  }
  return shown;
}

bool matches(const std::map<std::string, Json>& arm, const Json& wanted) {
  for (const auto& [key, value] : wanted.items()) {
    const auto found = arm.find(key);
    if (found == arm.end() || !same_value(found->second, value)) return false;
  }
  return true;
}

bool was_stopped(const RunView& run) {
  return run.planned->run.cut_short() && run.evidence != nullptr &&
         run.evidence->status == "done" && !run.evidence->stopped_epoch;
}

std::string arm_text(const std::map<std::string, Json>& arm) {
  std::vector<std::string> parts;
  for (const auto& [key, value] : arm) parts.push_back(key + " = " + value_text(value));
  return join(parts, ", ");
}

std::string arm_text(const Json& wanted) {
  std::map<std::string, Json> arm;
  for (const auto& [key, value] : wanted.items()) arm[key] = value;
  return arm_text(arm);
}

CheckResult stopped(const Measured& measured, const std::string& wanted) {
  CheckResult result;
  const bool ours = measured.state == Measured::State::not_graded;
  result.verdict = ours ? CheckResult::Verdict::not_graded : CheckResult::Verdict::fail;
  result.found = ours ? "not graded" : "no result";
  result.wanted = wanted;
  result.reason = measured.why;
  result.trust = Trust::observed;
  return result;
}

Looked look(const CheckInput& input, const std::string& wanted) {
  const RunView& run = input.runs.front();
  const Measured state = standing(run);
  Looked looked;
  if (state.state == Measured::State::value || state.state == Measured::State::diverged) {
    looked.evidence = run.evidence;
    return looked;
  }
  looked.stopped = stopped(state, wanted);
  // What was examined before a submission's own failure stands: its author learns more from a wrong
  // shape than from the crash behind it. Of one that lied nothing does.
  const bool own = state.state == Measured::State::failed && run.evidence->failure &&
                   run.evidence->failure->code != "TAMPERED";
  if (own && !run.evidence->tensors.empty()) {
    looked.evidence = run.evidence;
    looked.cut_short = true;
  }
  return looked;
}

const ProbeOutcome* measured_probe(const Looked& looked, const std::string& name) {
  for (const ProbeOutcome& probe : looked.evidence->probes) {
    if (probe.name != name) continue;
    return looked.cut_short && probe.verdict == "error" ? nullptr : &probe;
  }
  return nullptr;
}

CheckResult absent_probe(const Looked& looked, const std::string& name, const std::string& wanted) {
  if (looked.cut_short) return looked.stopped;
  CheckResult result;
  result.found = "no verdict";
  result.wanted = wanted;
  result.reason =
      "The run gave no verdict of the probe " + name + ", and what is not shown does not count.";
  return result;
}

}  // namespace gradus::grader
