#include <algorithm>
#include <cmath>

#include "framework/supervisor/probes/claims.hpp"

namespace gradus::supervisor {

Result<ProbeOutcome> probe_activation_statistics(const ProbeInputs& inputs) {
  const double at_least = inputs.number("at_least", 1e-3);
  const double at_most = inputs.number("at_most", 1000);
  Claim claim(inputs);
  const std::vector<std::string> names = claim.texts("names");
  const std::vector<double> deviation = claim.numbers("std");
  claim.expect_equal(names.size(), deviation.size());
  if (!claim.ok()) return claim.failure();
  const std::map<std::string, Json> wanted = {{"at_least", at_least}, {"at_most", at_most}};
  if (names.empty()) {
    return verdict(false, {{"layers", 0}}, wanted,
                   "No convolution and no linear layer was seen in the forward pass.");
  }
  double low = INFINITY, high = 0;
  for (std::size_t i = 1; i < names.size(); ++i) {  // the first one's input are the images
    const double value = deviation[i];
    low = std::min(low, value);
    high = std::max(high, value);
    if (value >= at_least && value <= at_most) continue;
    return verdict(
        false, {{"layer", names[i]}, {"deviation", figure(value)}}, wanted,
        "What reaches layer " + names[i] + " has a deviation of " +
            (std::isnan(value) ? "NaN" : rounded(value)) + ", wanted from " + rounded(at_least) +
            " to " + rounded(at_most) + ". A probable cause: " +
            (value < at_least ? "weights that start too small, or dead or saturated activations"
                              : "weights that start too large, or a missing normalisation") +
            " in the layers before it.");
  }
  if (names.size() == 1) {
    return verdict(true, {{"layers", 1}}, wanted,
                   "There is one layer: nothing lies between layers.");
  }
  return verdict(true, {{"layers", names.size()}, {"smallest", low}, {"largest", high}}, wanted,
                 "What reaches the layers behind the first has deviations from " + rounded(low) +
                     " to " + rounded(high) + ".");
}

}  // namespace gradus::supervisor
