#include <cmath>

#include "framework/supervisor/probes/probe.hpp"

namespace gradus::supervisor {
// In train mode: a batch norm then normalises with the batch's own statistics, as in the first
// step.
Result<ProbeOutcome> probe_initial_loss(const ProbeInputs& inputs) {
  const double mean = inputs.number("mean", std::log(static_cast<double>(inputs.classes)));
  const double tolerance = inputs.number("tolerance", 0.05);
  const ImageSet batch = inputs.train.first(kProbeBatch);
  GRADUS_CHECK(inputs.examiner.load(inputs.handed("init")));
  GRADUS_TRY(const Logits logits,
             inputs.examiner.ask(batch, first_indices(batch.count), ExamMode::train));
  const std::map<std::string, Json> wanted = {{"loss", mean}, {"tolerance", tolerance}};
  if (!logits.finite()) {
    return verdict(false, {{"loss", nullptr}}, wanted,
                   "The initial loss is not finite: an output is NaN or infinite.");
  }
  const double loss = mean_loss(logits, batch.labels);
  const std::string found = "The initial loss is " + rounded(loss) + ", wanted " + rounded(mean) +
                            " within " + rounded(tolerance);
  if (probabilities(logits)) {
    return verdict(false, {{"loss", loss}, {"probabilities", true}}, wanted,
                   found +
                       "; but the outputs are probabilities: remove the softmax from forward(), "
                       "cross-entropy has its own.");
  }
  if (std::abs(loss - mean) <= tolerance) {
    return verdict(true, {{"loss", loss}}, wanted, found + ".");
  }
  const std::string cause = loss > mean
                                ? "weights start too large, or an input is not normalised"
                                : "weights know the data already, or labels leak into the output";
  return verdict(false, {{"loss", loss}}, wanted, found + ": " + cause + ".");
}

}  // namespace gradus::supervisor
