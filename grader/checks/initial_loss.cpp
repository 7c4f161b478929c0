#include <cmath>
#include <cstdio>

#include "framework/core/text.hpp"
#include "framework/lab/key.hpp"
#include "grader/checks/measure.hpp"

namespace gradus::grader {
namespace {

using lab::Key;
using lab::ValueType;

std::string four_digits(double value) {
  char text[64];
  std::snprintf(text, sizeof text, "%.4f", value);
  return text;
}

CheckResult run(const CheckInput& input) {
  const double tolerance = input.options.value("tolerance", 0.05);
  const std::string margin = " ± " + number(tolerance);
  const Looked looked = look(input, "near ln K" + margin);
  if (looked.evidence == nullptr) return looked.stopped;
  const ProbeOutcome* probe = measured_probe(looked, "initial_loss");
  if (probe == nullptr) return absent_probe(looked, "initial_loss", "near ln K" + margin);

  // ln K: what a network that spreads its belief evenly over K classes pays for each image.
  const double classes =
      static_cast<double>(looked.evidence->plan.value("data", Json::object()).value("classes", 10));
  const double mean = input.options.value("mean", std::log(classes));
  CheckResult result;
  result.trust = probe->trust;
  result.wanted = four_digits(mean) + margin;
  const auto loss = probe->found.find("loss");
  if (loss == probe->found.end() || !loss->second.is_number()) {
    result.found = "no loss";
    result.reason =
        probe->message.empty() ? "The initial loss could not be measured." : probe->message;
    return result;
  }
  const double value = loss->second.get<double>();
  result.found = four_digits(value);
  const std::string sentence = "Before training the loss is " + result.found;
  // A softmax at the end gives about ln K as well; the probe sees it by the rows that sum to one.
  if (probe->found.contains("probabilities")) {
    result.reason = probe->message;
  } else if (std::abs(value - mean) <= tolerance) {
    result.verdict = CheckResult::Verdict::pass;
    result.reason = sentence + ", as wanted (" + result.wanted + ").";
  } else if (value > mean) {
    result.reason = sentence + ", wanted " + result.wanted +
                    ": the first logits are too large; look at the initialisation and for layers "
                    "that blow the signal up.";
  } else {
    result.reason = sentence + ", wanted " + result.wanted +
                    ": an untrained network cannot know this much; look for weights that were "
                    "brought along or logits that are not raw.";
  }
  return result;
}

}  // namespace

CheckInfo initial_loss_check() {
  lab::NamedSpec spec;
  spec.name = "initial_loss";
  spec.help =
      "The cross-entropy before training, on 128 unaugmented training images, is near `mean`.";
  spec.keys = {
      Key(ValueType::number, "mean", "wanted loss; default: ln K").at_least(0),
      Key(ValueType::number, "tolerance", "largest distance from it").at_least(0).or_else(0.05)};
  spec.task_kinds = {"probe"};
  spec.needs_probes = {"initial_loss"};
  return {std::move(spec), run};
}

}  // namespace gradus::grader
