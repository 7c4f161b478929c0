#include <algorithm>

#include "framework/core/philox.hpp"
#include "framework/supervisor/probes/activation.hpp"

namespace gradus::supervisor {

// The same elements in another order, and each half of them in the company of other values.
Result<ProbeOutcome> probe_activation_elementwise(const ProbeInputs& inputs) {
  const double tolerance = inputs.number("tolerance", 1e-6);
  const std::vector<float> points = sample_points();
  const auto order =
      permutation(inputs.seed, Purpose::probe, 3, static_cast<std::uint32_t>(points.size()));
  std::vector<float> permuted, company = points;
  for (const std::uint32_t place : order) permuted.push_back(points[place]);
  for (std::size_t i = 1; i < company.size(); i += 2) company[i] = 7.5F - company[i];
  GRADUS_TRY(const std::vector<float> straight, activated(inputs, points));
  GRADUS_TRY(const std::vector<float> mixed, activated(inputs, permuted));
  GRADUS_TRY(const std::vector<float> beside, activated(inputs, company));
  double by_order = 0, by_company = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    by_order = std::max(by_order, distance(mixed[i], straight[order[i]]));
    if (i % 2 == 0) by_company = std::max(by_company, distance(beside[i], straight[i]));
  }
  const double difference = std::max(by_order, by_company);
  const std::map<std::string, Json> found = {{"difference", figure(difference)}};
  const std::map<std::string, Json> wanted = {{"difference", tolerance}};
  if (difference <= tolerance)
    return verdict(true, found, wanted, "Each element's value depends on this element alone.");
  return verdict(
      false, found, wanted,
      "An element's value differs by " + rounded(difference) + " with " +
          (by_order > tolerance ? "its place in the tensor" : "the other elements' values") +
          ", wanted at most " + rounded(tolerance) +
          ". A probable cause: a mean, a maximum, a softmax or random numbers over the "
          "tensor, or state between calls.");
}

}  // namespace gradus::supervisor
