#include <cmath>

#include "framework/supervisor/probes/claims.hpp"

namespace gradus::supervisor {
namespace {

struct Moments {
  double mean = 0, deviation = 0;
};

/// Of the first images of the training split, normalised as the plan says.
Moments moments(const ImageSet& set, const InputSpec& input) {
  double sum = 0, squares = 0;
  const auto channels = static_cast<std::size_t>(set.channels);
  const std::size_t size = static_cast<std::size_t>(set.count) * set.image_bytes();
  for (std::size_t i = 0; i < size; ++i) {
    const std::size_t c = i % channels;
    const double mean = c < input.mean.size() ? input.mean[c] : 0;
    const double deviation = c < input.std.size() ? input.std[c] : 1;
    const double x = (static_cast<double>(set.images[i]) / 255 - mean) / deviation;
    sum += x;
    squares += x * x;
  }
  const double n = static_cast<double>(size), mean = sum / n;
  return {mean, std::sqrt(std::max(0.0, squares / n - mean * mean))};
}

}  // namespace

Result<ProbeOutcome> probe_input_statistics(const ProbeInputs& inputs) {
  constexpr std::int64_t kImages = 1000;  // as many as the trainer looks at
  // Normalised twice, images have a deviation of some 5: wide enough for a model that pads, pools
  // or adds coordinates before its first layer.
  const double tolerance = inputs.number("tolerance", 0.6);
  Claim claim(inputs);
  const std::vector<double> mean = claim.numbers("mean"), deviation = claim.numbers("std");
  const std::vector<std::string> names = claim.texts("names");
  claim.expect_equal(mean.size(), deviation.size());
  claim.expect_equal(names.size(), mean.size());
  if (!claim.ok()) return claim.failure();
  const Moments wanted = moments(inputs.train.first(kImages), inputs.plan.input);
  const std::map<std::string, Json> figures = {
      {"mean", wanted.mean}, {"deviation", wanted.deviation}, {"tolerance", tolerance}};
  if (mean.empty()) {
    return verdict(true, {{"layers", 0}}, figures,
                   "No convolution and no linear layer was seen in the forward pass, so nothing "
                   "speaks against it.");
  }
  const std::string text = "What reaches the first layer (" + names[0] + ") has mean " +
                           rounded(mean[0]) + " and deviation " + rounded(deviation[0]) +
                           "; the images that came in have mean " + rounded(wanted.mean) +
                           " and deviation " + rounded(wanted.deviation);
  const std::map<std::string, Json> found = {{"mean", figure(mean[0])},
                                             {"deviation", figure(deviation[0])}};
  if (std::abs(mean[0] - wanted.mean) <= tolerance &&
      std::abs(deviation[0] - wanted.deviation) <= tolerance)
    return verdict(true, found, figures, text + ".");
  return verdict(false, found, figures,
                 text + ", wanted the same within " + rounded(tolerance) +
                     ". A probable cause: double normalisation; the images are normalised before "
                     "forward() gets them.");
}

}  // namespace gradus::supervisor
