#include <algorithm>

#include "framework/supervisor/probes/changed_weights.hpp"

namespace gradus::supervisor {

std::shared_ptr<const Weights> changed_weights(const Weights& weights,
                                               const std::function<void(Tensor&)>& change) {
  auto changed = std::make_shared<Weights>(weights);
  for (Tensor& tensor : changed->tensors) change(tensor);
  return changed;
}

// Parameters and buffers: whatever then still tells images apart was not handed out.
Result<ProbeOutcome> probe_zeroed_weights(const ProbeInputs& inputs) {
  constexpr std::uint32_t kImages = 16;
  const double tolerance = inputs.number("tolerance", 1e-6);
  GRADUS_CHECK(inputs.examiner.load(changed_weights(*inputs.handed("init"), [](Tensor& tensor) {
    std::fill(tensor.bytes.begin(), tensor.bytes.end(), std::byte{0});
  })));
  GRADUS_TRY(const Logits logits,
             inputs.examiner.ask(inputs.val, inputs.pick(kImages), ExamMode::eval));
  const std::map<std::string, Json> wanted = {{"difference", tolerance}};
  if (!logits.finite()) {
    return verdict(
        false, {{"difference", nullptr}}, wanted,
        "With all weights zero an output is NaN or infinite, so what it depends on cannot "
        "be seen. A probable cause: a division by a norm of weights; add a small number "
        "to it.");
  }
  double difference = 0;
  for (std::int64_t i = 1; i < logits.count; ++i)
    difference = std::max(difference, relative_difference(logits.row(0), logits.row(i)));
  if (difference <= tolerance) {
    return verdict(true, {{"difference", difference}}, wanted,
                   "With all weights zero the outputs do not depend on the image.");
  }
  return verdict(false, {{"difference", figure(difference)}}, wanted,
                 "With all weights zero the outputs of two images still differ by " +
                     rounded(difference) + " (relative), at most " + rounded(tolerance) +
                     " is allowed. A probable cause: weights outside parameters(), in a layer that "
                     "is not registered.");
}

}  // namespace gradus::supervisor
