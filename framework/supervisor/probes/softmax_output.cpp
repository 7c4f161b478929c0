#include "framework/supervisor/probes/probe.hpp"

namespace gradus::supervisor {

// A softmax before cross-entropy, which has one of its own, hides nothing but slows learning down:
// the loss cannot fall below ln(1 + (K − 1)/e), 1.461 for ten classes.
Result<ProbeOutcome> probe_softmax_output(const ProbeInputs& inputs) {
  constexpr std::uint32_t kImages = 64;
  GRADUS_CHECK(inputs.examiner.load(inputs.handed("init")));
  GRADUS_TRY(const Logits logits,
             inputs.examiner.ask(inputs.val, inputs.pick(kImages), ExamMode::eval));
  const std::map<std::string, Json> wanted = {{"probabilities", false}};
  if (!logits.finite()) {
    return verdict(false, {}, wanted, "An output is NaN or infinite before training.");
  }
  const bool found = probabilities(logits);
  return verdict(!found, {{"probabilities", found}}, wanted,
                 found ? "In every row the outputs are at least 0 and sum to 1; wanted logits. A "
                         "probable cause: softmax before cross-entropy, which has its own; remove "
                         "it from forward()."
                       : "The outputs are logits, not probabilities.");
}

}  // namespace gradus::supervisor
