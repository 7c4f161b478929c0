#include <algorithm>
#include <cmath>

#include "framework/supervisor/probes/augmentation.hpp"

namespace gradus::supervisor {

// Several epochs: what an augmentation does is drawn anew in each.
Result<ProbeOutcome> probe_augmentation_range(const ProbeInputs& inputs) {
  constexpr std::int64_t kImages = 64, kEpochs = 4;
  constexpr double kSlack = 1e-5;  // rounding, as of an interpolation between two white pixels
  const double low = inputs.number("low", 0), high = inputs.number("high", 1);
  const std::map<std::string, Json> wanted = {{"low", low}, {"high", high}};
  Application request = first_images(inputs, kImages);
  float smallest = 0, largest = 0;
  bool any = false, finite = true;
  for (request.epoch = 1; request.epoch <= kEpochs; ++request.epoch) {
    GRADUS_TRY(const std::vector<float> out, inputs.examiner.apply(request));
    for (const float value : out) {
      finite = finite && std::isfinite(value);
      smallest = any ? std::min(smallest, value) : value;
      largest = any ? std::max(largest, value) : value;
      any = true;
    }
  }
  if (!finite) {
    return verdict(false, {{"finite", false}}, wanted, "A pixel comes out NaN or infinite.");
  }
  const std::map<std::string, Json> found = {{"low", figure(smallest)}, {"high", figure(largest)}};
  const std::string text = "Pixels come out from " + rounded(smallest) + " to " + rounded(largest);
  if (smallest >= low - kSlack && largest <= high + kSlack)
    return verdict(true, found, wanted, text + ".");
  return verdict(false, found, wanted,
                 text + ", wanted from " + rounded(low) + " to " + rounded(high) +
                     ". A probable cause: noise or brightness without clamp(), or pixels scaled to "
                     "255.");
}

}  // namespace gradus::supervisor
