#include "framework/supervisor/probes/probe.hpp"

namespace gradus::supervisor {

// Wrong flattening (view({-1, k}) with a wrong k) shows only when B changes; so does a batch norm
// or squeeze() that breaks at B = 1.
Result<ProbeOutcome> probe_shape(const ProbeInputs& inputs) {
  const std::map<std::string, Json> wanted = {{"batches", {1, 2, 7}}, {"classes", inputs.classes}};
  GRADUS_CHECK(inputs.examiner.load(inputs.handed("init")));
  for (const std::int64_t batch : {1, 2, 7}) {
    const auto logits = inputs.examiner.ask(
        inputs.train, first_indices(std::min(batch, inputs.train.count)), ExamMode::eval);
    if (!logits.ok() && logits.error().where != kInvalidOutput) return logits.error();
    if (!logits.ok()) {
      return verdict(false, {{"batch", batch}}, wanted,
                     "For a batch of " + std::to_string(batch) + ": " + logits.error().what);
    }
    if (!logits->finite()) {
      return verdict(
          false, {{"batch", batch}, {"finite", false}}, wanted,
          "For a batch of " + std::to_string(batch) +
              " an output is NaN or infinite: look at the initialisation and at divisions.");
    }
  }
  return verdict(true, {{"batches", {1, 2, 7}}, {"classes", inputs.classes}}, wanted,
                 "Batches of 1, 2 and 7 images give finite outputs [B, " +
                     std::to_string(inputs.classes) + "].");
}

}  // namespace gradus::supervisor
