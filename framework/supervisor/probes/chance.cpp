#include <cmath>

#include "framework/core/text.hpp"
#include "framework/supervisor/probes/probe.hpp"

namespace gradus::supervisor {

// An own initialisation is allowed; weights that were trained elsewhere are not.
Result<ProbeOutcome> probe_chance(const ProbeInputs& inputs) {
  const double chance = 1.0 / static_cast<double>(inputs.classes);
  const double tolerance = inputs.number("tolerance", 0.08);
  GRADUS_CHECK(inputs.examiner.load(inputs.handed("init")));
  constexpr double kAnyDifference = 1e30;  // batch_independence is a probe of its own
  GRADUS_TRY(const ExamAnswers answers,
             examine(inputs.examiner, inputs.val, inputs.val_order, kAnyDifference));
  const std::map<std::string, Json> wanted = {{"accuracy", chance}, {"tolerance", tolerance}};
  if (!answers.logits.finite()) {
    return verdict(false, {{"accuracy", nullptr}}, wanted,
                   "Before training an output is NaN or infinite.");
  }
  const double found = accuracy(answers.logits, inputs.val.labels);
  const std::string text = "Before training, accuracy is " + percent(found) + " on " +
                           with_commas(inputs.val.count) + " images, chance is " + percent(chance);
  if (std::abs(found - chance) <= tolerance) {
    return verdict(true, {{"accuracy", found}, {"count", inputs.val.count}}, wanted, text + ".");
  }
  return verdict(false, {{"accuracy", found}, {"count", inputs.val.count}}, wanted,
                 text + " within " + percent(tolerance) +
                     ": the plugin seems to bring trained weights along.");
}

}  // namespace gradus::supervisor
