#include <cmath>

#include "framework/supervisor/probes/claims.hpp"

namespace gradus::supervisor {
namespace {

constexpr double kStepsAPoint = 10;

/// Least squares over the second half, in KiB a step: caches fill up in the first.
double slope(const std::vector<double>& kib) {
  const std::size_t from = kib.size() / 2;
  const auto n = static_cast<double>(kib.size() - from);
  double x_mean = 0, y_mean = 0, xy = 0, xx = 0;
  for (std::size_t i = from; i < kib.size(); ++i) {
    x_mean += static_cast<double>(i) / n;
    y_mean += kib[i] / n;
  }
  for (std::size_t i = from; i < kib.size(); ++i) {
    const double x = static_cast<double>(i) - x_mean;
    xy += x * (kib[i] - y_mean);
    xx += x * x;
  }
  return xy / xx / kStepsAPoint;
}

}  // namespace

Result<ProbeOutcome> probe_memory_slope(const ProbeInputs& inputs) {
  constexpr std::size_t kPoints = 20;
  const double at_most = inputs.number("at_most", 4);
  Claim claim(inputs);
  const std::vector<double> kib = claim.numbers("kib");
  if (!claim.ok()) return claim.failure();
  const std::map<std::string, Json> wanted = {{"kib_a_step", at_most}};
  bool sound = kib.size() == kPoints;
  for (const double value : kib) sound = sound && std::abs(value) < 1e12;
  if (!sound) {
    return verdict(
        false, {{"points", kib.size()}}, wanted,
        "What the training process reports has a wrong form: wanted the memory after each "
        "10 of 200 steps.");
  }
  // Rounded: what the allocator keeps for itself differs a little from run to run.
  const double found = std::round(slope(kib) * 2) / 2;
  const std::map<std::string, Json> figures = {{"kib_a_step", found}};
  if (found <= at_most) {
    return verdict(true, figures, wanted,
                   "Over 200 training steps memory grows by " + rounded(found) + " KiB a step.");
  }
  return verdict(
      false, figures, wanted,
      "Over 200 training steps memory grows by " + rounded(found) + " KiB a step, wanted at most " +
          rounded(at_most) +
          ". A probable cause: tensors with their graph are kept from step to step, such "
          "as an output or a loss in a member; keep detach()ed copies or none.");
}

}  // namespace gradus::supervisor
