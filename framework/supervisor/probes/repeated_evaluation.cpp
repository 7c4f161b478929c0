#include <algorithm>

#include "framework/supervisor/probes/probe.hpp"

namespace gradus::supervisor {
namespace {

double largest_difference(const Logits& a, const Logits& b) {
  double largest = 0;
  for (std::int64_t i = 0; i < a.count; ++i)
    largest = std::max(largest, relative_difference(a.row(i), b.row(i)));
  return largest;
}

}  // namespace

// At once, and again after other images: state that an evaluation leaves behind shows in the second
// answer, randomness in the first.
Result<ProbeOutcome> probe_repeated_evaluation(const ProbeInputs& inputs) {
  constexpr std::uint32_t kImages = 16, kOthers = 128;
  const double tolerance = inputs.number("tolerance", 1e-6);
  const auto after = inputs.handed("one_step");
  GRADUS_CHECK(inputs.examiner.load(after ? after : inputs.handed("init")));
  const auto images = inputs.pick(kImages + kOthers);
  const auto ours = std::span(images).first(std::min<std::size_t>(kImages, images.size()));
  const auto others = std::span(images).subspan(ours.size());
  const auto ask = [&] { return inputs.examiner.ask(inputs.val, ours, ExamMode::eval); };
  GRADUS_TRY(const Logits first, ask());
  GRADUS_TRY(const Logits second, ask());
  if (!others.empty()) {
    GRADUS_TRY(const Logits between, inputs.examiner.ask(inputs.val, others, ExamMode::eval));
    static_cast<void>(between);
  }
  GRADUS_TRY(const Logits third, ask());
  const double at_once = largest_difference(first, second);
  const double later = largest_difference(first, third);
  const std::map<std::string, Json> found = {{"difference", figure(std::max(at_once, later))}};
  const std::map<std::string, Json> wanted = {{"difference", tolerance}};
  if (at_once > tolerance) {
    return verdict(false, found, wanted,
                   "In evaluation, the same images give outputs that differ by " +
                       rounded(at_once) + " (relative) at once, at most " + rounded(tolerance) +
                       " is allowed. A probable cause: functional dropout without is_training().");
  }
  if (later > tolerance) {
    return verdict(
        false, found, wanted,
        "In evaluation, the same images give outputs that differ by " + rounded(later) +
            " (relative) after other images were evaluated, at most " + rounded(tolerance) +
            " is allowed. A probable cause: batch norm always in training mode, or state "
            "that forward() keeps.");
  }
  return verdict(true, found, wanted,
                 "In evaluation, the same images give the same outputs, at once and later.");
}

}  // namespace gradus::supervisor
