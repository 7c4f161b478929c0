#include <cmath>

#include "framework/core/text.hpp"
#include "framework/supervisor/probes/claims.hpp"

namespace gradus::supervisor {

Result<ProbeOutcome> probe_dead_units(const ProbeInputs& inputs) {
  const double at_most = inputs.number("at_most", 0.5);
  Claim claim(inputs);
  const std::vector<std::string> names = claim.texts("names");
  const std::vector<double> units = claim.numbers("units"), dead = claim.numbers("dead");
  claim.expect_equal(names.size(), units.size());
  claim.expect_equal(names.size(), dead.size());
  if (!claim.ok()) return claim.failure();
  const std::map<std::string, Json> wanted = {{"at_most", at_most}};
  if (names.empty()) {
    return verdict(false, {{"layers", 0}}, wanted,
                   "No convolution and no linear layer was seen in the forward pass.");
  }
  double largest = 0, all = 0, none = 0;
  std::string where;
  for (std::size_t i = 1; i < names.size();
       ++i) {  // the first one's units are the image's channels
    const bool sound = units[i] >= 1 && units[i] <= 1e9 && dead[i] >= 0 && dead[i] <= units[i];
    if (!sound) {
      return verdict(false, {}, wanted,
                     "What the training process reports makes no sense: " + rounded(dead[i]) +
                         " dead units of " + rounded(units[i]) + " before layer " + names[i] + ".");
    }
    all += units[i];
    none += dead[i];
    if (dead[i] / units[i] <= largest) continue;
    largest = dead[i] / units[i];
    where = names[i];
  }
  const std::map<std::string, Json> found = {
      {"largest_share", largest}, {"units", all}, {"dead", none}};
  if (largest <= at_most) {
    return verdict(true, found, wanted,
                   with_commas(static_cast<std::int64_t>(none)) + " of " +
                       with_commas(static_cast<std::int64_t>(all)) +
                       " units are zero for all of 1,000 images.");
  }
  return verdict(
      false, found, wanted,
      "Before layer " + where + " a share of " + percent(largest) +
          " of the units is zero for all of 1,000 images, wanted at most " + percent(at_most) +
          ". A probable cause: dead units, by biases or weights that start too far below "
          "zero.");
}

}  // namespace gradus::supervisor
