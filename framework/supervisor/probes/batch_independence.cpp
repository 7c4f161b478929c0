#include <algorithm>

#include "framework/supervisor/probes/probe.hpp"

namespace gradus::supervisor {

// The same images in company, and each alone. After one step where the trainer made one: running
// statistics have then left their initial values.
Result<ProbeOutcome> probe_batch_independence(const ProbeInputs& inputs) {
  constexpr std::uint32_t kCompany = 32;
  constexpr std::size_t kAlone = 4;
  const double tolerance = inputs.number("tolerance", 1e-4);
  const auto after = inputs.handed("one_step");
  GRADUS_CHECK(inputs.examiner.load(after ? after : inputs.handed("init")));
  const auto images = inputs.pick(kCompany);
  GRADUS_TRY(const Logits company, inputs.examiner.ask(inputs.val, images, ExamMode::eval));
  GRADUS_TRY(const Logits again, inputs.examiner.ask(inputs.val, images, ExamMode::eval));
  const std::map<std::string, Json> wanted = {{"difference", tolerance}};

  double unsteady = 0, difference = 0;
  for (std::size_t i = 0; i < images.size(); ++i) {
    const auto row = static_cast<std::int64_t>(i);
    unsteady = std::max(unsteady, relative_difference(company.row(row), again.row(row)));
  }
  for (std::size_t i = 0; i < std::min(kAlone, images.size()); ++i) {
    GRADUS_TRY(const Logits alone,
               inputs.examiner.ask(inputs.val, std::span(images).subspan(i, 1), ExamMode::eval));
    difference = std::max(
        difference, relative_difference(company.row(static_cast<std::int64_t>(i)), alone.row(0)));
  }
  if (unsteady > tolerance) {
    return verdict(false, {{"difference", figure(unsteady)}}, wanted,
                   "In evaluation, two answers to one batch differ by " + rounded(unsteady) +
                       " (relative), at most " + rounded(tolerance) +
                       " is allowed: dropout or other randomness does not heed eval().");
  }
  if (difference > tolerance) {
    return verdict(false, {{"difference", figure(difference)}}, wanted,
                   "In evaluation, an image's outputs differ by " + rounded(difference) +
                       " (relative) between alone and in a batch, at most " + rounded(tolerance) +
                       " is allowed: batch norm does not heed eval(), or images get mixed.");
  }
  return verdict(true, {{"difference", figure(std::max(unsteady, difference))}}, wanted,
                 "In evaluation, an image's outputs do not depend on its batch.");
}

}  // namespace gradus::supervisor
