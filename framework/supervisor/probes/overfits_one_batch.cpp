#include <algorithm>

#include "framework/core/text.hpp"
#include "framework/supervisor/probes/probe.hpp"

namespace gradus::supervisor {

// The weights learned this very batch in train mode. Dropout must be off to see it (eval), while
// running statistics of a batch norm may still lag behind (train): the better of the two counts. A
// model that cannot learn reaches it in neither.
Result<ProbeOutcome> probe_overfits_one_batch(const ProbeInputs& inputs) {
  const double wanted = inputs.number("accuracy", 0.95);
  const ImageSet batch = inputs.train.first(kProbeBatch);
  GRADUS_CHECK(inputs.examiner.load(inputs.handed("overfit")));
  double best = 0;
  bool finite = false;
  for (const ExamMode mode : {ExamMode::eval, ExamMode::train}) {
    GRADUS_TRY(const Logits logits, inputs.examiner.ask(batch, first_indices(batch.count), mode));
    if (!logits.finite()) continue;
    finite = true;
    best = std::max(best, accuracy(logits, batch.labels));
    if (best >= wanted) break;
  }
  const std::map<std::string, Json> figures = {{"accuracy", wanted}};
  if (!finite) {
    return verdict(
        false, {{"accuracy", nullptr}}, figures,
        "Trained on one batch, the outputs become NaN or infinite: weights start too large.");
  }
  const std::string text = "Trained on one batch of " + std::to_string(batch.count) +
                           " images, accuracy on it is " + percent(best) + ", wanted at least " +
                           percent(wanted);
  if (best >= wanted) return verdict(true, {{"accuracy", best}}, figures, text + ".");
  return verdict(false, {{"accuracy", best}}, figures,
                 text +
                     ": gradients do not reach the first layers, an activation saturates, or the "
                     "model is too small.");
}

}  // namespace gradus::supervisor
