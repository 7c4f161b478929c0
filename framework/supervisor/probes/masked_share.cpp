#include <cmath>

#include "framework/core/philox.hpp"
#include "framework/supervisor/probes/augmentation.hpp"

namespace gradus::supervisor {
namespace {

constexpr double kTypicalShare = 0.191;

/// Noise that holds no `fill` in place of the images' pixels: what is blotted out then shows.
void fill_with_noise(Application& request, const ProbeInputs& inputs, double fill) {
  for (std::size_t i = 0; i < request.values.size(); ++i) {
    const auto word = philox(inputs.seed, Purpose::probe, 5, i)[0];
    const double value = 0.3 + 0.4 * static_cast<double>(word) / 4294967296.0;
    request.values[i] = static_cast<float>(fill > 0.25 && fill < 0.75 ? value / 3 : value);
  }
}

/// Share of pixels that are `fill` in every channel.
double share(const std::vector<float>& values, const std::vector<std::int64_t>& shape,
             double fill) {
  const auto channels = static_cast<std::size_t>(shape[1]);
  const auto pixels = static_cast<std::size_t>(shape[2] * shape[3]);
  std::size_t masked = 0;
  for (std::size_t n = 0; n < static_cast<std::size_t>(shape[0]); ++n) {
    for (std::size_t p = 0; p < pixels; ++p) {
      bool all = true;
      for (std::size_t c = 0; c < channels; ++c)
        all = all && std::abs(double{values[(n * channels + c) * pixels + p]} - fill) < 1e-6;
      masked += all ? 1 : 0;
    }
  }
  return static_cast<double>(masked) /
         (static_cast<double>(pixels) * static_cast<double>(shape[0]));
}

}  // namespace

Result<ProbeOutcome> probe_masked_share(const ProbeInputs& inputs) {
  constexpr std::int64_t kImages = 128, kEpochs = 16;
  const double aim = inputs.number("wanted", kTypicalShare);
  const double tolerance = inputs.number("tolerance", 0.01), fill = inputs.number("fill", 0);
  Application request = first_images(inputs, kImages);
  fill_with_noise(request, inputs, fill);
  double sum = 0;
  for (request.epoch = 1; request.epoch <= kEpochs; ++request.epoch) {
    GRADUS_TRY(const std::vector<float> out, inputs.examiner.apply(request));
    sum += share(out, request.shape, fill);
  }
  const double found = sum / static_cast<double>(kEpochs);
  const std::map<std::string, Json> wanted = {{"share", aim}, {"tolerance", tolerance}};
  const std::string text = "On average a share of " + rounded(found) +
                           " of the pixels is blotted out, wanted " + rounded(aim) + " within " +
                           rounded(tolerance);
  if (std::abs(found - aim) <= tolerance)
    return verdict(true, {{"share", found}}, wanted, text + ".");
  return verdict(false, {{"share", found}}, wanted,
                 text + ". A probable cause: " +
                     (found > aim ? "the hole's length taken for its half-length, so that it is "
                                    "twice as long."
                                  : "a hole that is too small, that is pushed inside the border or "
                                    "not always made, or another value in it."));
}

}  // namespace gradus::supervisor
