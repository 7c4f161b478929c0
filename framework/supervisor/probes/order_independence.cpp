#include <algorithm>

#include "framework/core/philox.hpp"
#include "framework/supervisor/probes/probe.hpp"

namespace gradus::supervisor {

Result<ProbeOutcome> probe_order_independence(const ProbeInputs& inputs) {
  constexpr std::uint32_t kBatch = 32;
  const double tolerance = inputs.number("tolerance", 1e-4);
  const auto after = inputs.handed("one_step");
  GRADUS_CHECK(inputs.examiner.load(after ? after : inputs.handed("init")));
  const auto images = inputs.pick(kBatch);
  const auto order =
      permutation(inputs.seed, Purpose::exam, 1, static_cast<std::uint32_t>(images.size()));
  std::vector<std::uint32_t> permuted;
  for (const std::uint32_t place : order) permuted.push_back(images[place]);
  GRADUS_TRY(const Logits straight, inputs.examiner.ask(inputs.val, images, ExamMode::eval));
  GRADUS_TRY(const Logits mixed, inputs.examiner.ask(inputs.val, permuted, ExamMode::eval));
  double difference = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    difference = std::max(difference, relative_difference(straight.row(order[i]),
                                                          mixed.row(static_cast<std::int64_t>(i))));
  }
  const std::map<std::string, Json> found = {{"difference", std::min(difference, 1e30)}};
  const std::map<std::string, Json> wanted = {{"difference", tolerance}};
  if (difference <= tolerance) {
    return verdict(true, found, wanted, "A permuted batch gives permuted outputs.");
  }
  return verdict(
      false, found, wanted,
      "Outputs of a permuted batch differ by " + rounded(difference) +
          " (relative) from the permuted outputs, at most " + rounded(tolerance) +
          " is allowed: dimensions get mixed (view() after permute()?), or the model keeps "
          "state between images.");
}

}  // namespace gradus::supervisor
