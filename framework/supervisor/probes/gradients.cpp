#include <algorithm>
#include <cmath>

#include "framework/core/text.hpp"
#include "framework/supervisor/probes/claims.hpp"

namespace gradus::supervisor {

Result<ProbeOutcome> probe_gradients(const ProbeInputs& inputs) {
  const double at_least = inputs.number("at_least", 1e-7);
  const double at_most = inputs.number("at_most", 10);
  Claim claim(inputs);
  const std::vector<std::string> names = claim.texts("names");
  const std::vector<double> rms = claim.numbers("rms");
  claim.expect_equal(names.size(), rms.size());
  if (!claim.ok()) return claim.failure();
  const std::map<std::string, Json> wanted = {{"at_least", at_least}, {"at_most", at_most}};
  if (rms.empty()) {
    return verdict(false, {{"layers", 0}}, wanted,
                   "No weight of two dimensions or more requires a gradient: register layers with "
                   "register_module().");
  }
  for (std::size_t i = 0; i < rms.size(); ++i) {
    if (!std::isnan(rms[i])) continue;
    return verdict(false, {{"layers", rms.size()}, {"layer", names[i]}, {"rms", nullptr}}, wanted,
                   "The gradient of " + names[i] +
                       " is NaN or infinite. A probable cause: exploding gradients, weights that "
                       "start too large.");
  }
  const auto [low, high] = std::minmax_element(rms.begin(), rms.end());
  const std::map<std::string, Json> found = {
      {"layers", rms.size()}, {"smallest", *low}, {"largest", figure(*high)}};
  const auto name = [&](auto at) { return names[static_cast<std::size_t>(at - rms.begin())]; };
  const std::string range = "wanted from " + rounded(at_least) + " to " + rounded(at_most);
  if (*low < at_least) {
    return verdict(false, found, wanted,
                   "The gradient of " + name(low) + " has a root mean square of " + rounded(*low) +
                       ", " + range +
                       ". A probable cause: vanishing gradients, by saturated activations "
                       "(sigmoid, tanh) in many layers or weights that start too small.");
  }
  if (*high > at_most) {
    return verdict(false, found, wanted,
                   "The gradient of " + name(high) + " has a root mean square of " +
                       rounded(*high) + ", " + range +
                       ". A probable cause: exploding gradients, weights that start too large or "
                       "inputs that are not normalised.");
  }
  return verdict(true, found, wanted,
                 "The gradients of " + std::to_string(rms.size()) +
                     " layers have root mean squares from " + rounded(*low) + " to " +
                     rounded(*high) + ".");
}

}  // namespace gradus::supervisor
