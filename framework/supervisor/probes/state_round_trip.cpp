#include <algorithm>
#include <cmath>

#include "framework/core/text.hpp"
#include "framework/supervisor/probes/claims.hpp"

namespace gradus::supervisor {

// The examiner's model is a fresh one: what training changed in a tensor that is not registered did
// not come along. The trainer's accuracy is a claim, the examiner's is recomputed.
Result<ProbeOutcome> probe_state_round_trip(const ProbeInputs& inputs) {
  const double tolerance = inputs.number("tolerance", 0.02);
  const ImageSet batch = inputs.train.first(kProbeBatch);
  Claim claim(inputs);
  const double claimed = claim.number("accuracy", 0, 1);
  const std::int64_t count = claim.integer("count", batch.count);
  if (!claim.ok()) return claim.failure();
  GRADUS_CHECK(inputs.examiner.load(inputs.handed("overfit")));
  GRADUS_TRY(const Logits logits,
             inputs.examiner.ask(batch, first_indices(batch.count), ExamMode::eval));
  const double found = accuracy(logits, batch.labels);
  const std::map<std::string, Json> figures = {{"accuracy", found}, {"trainer", claimed}};
  const std::map<std::string, Json> wanted = {{"accuracy", claimed}, {"tolerance", tolerance}};
  const std::string text =
      "With the weights that were handed out after training, a fresh model's "
      "accuracy on the batch is " +
      percent(found) + "; the trainer had " + percent(claimed);
  if (count == batch.count && logits.finite() && std::abs(found - claimed) <= tolerance)
    return verdict(true, figures, wanted, text + ".");
  return verdict(false, figures, wanted,
                 text + ", wanted the same within " + percent(tolerance) +
                     ". A probable cause: a module or tensor that is not registered with "
                     "register_module(), register_parameter() or register_buffer().");
}

}  // namespace gradus::supervisor
