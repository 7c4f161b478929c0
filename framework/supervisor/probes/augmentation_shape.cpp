#include <cmath>

#include "framework/supervisor/probes/augmentation.hpp"

namespace gradus::supervisor {

Result<ProbeOutcome> probe_augmentation_shape(const ProbeInputs& inputs) {
  const std::map<std::string, Json> wanted = {{"batches", {1, 2, 7}}};
  for (const std::int64_t batch : {1, 2, 7}) {
    const auto out = inputs.examiner.apply(first_images(inputs, batch));
    if (!out.ok() && out.error().where != kInvalidOutput) return out.error();
    const std::string text = "For a batch of " + std::to_string(batch);
    if (!out.ok()) {
      return verdict(false, {{"batch", batch}}, wanted,
                     text + ": " + out.error().what +
                         (out.error().what.find("dtype") != std::string::npos
                              ? ". A probable cause: a conversion that was not taken back; images "
                                "are float32 in [0, 1]."
                              : ". A probable cause: a crop without padding before it, or channels "
                                "and pixels that changed places."));
    }
    for (const float value : *out) {
      if (std::isfinite(value)) continue;
      return verdict(false, {{"batch", batch}, {"finite", false}}, wanted,
                     text +
                         " a pixel comes out NaN or infinite. A probable cause: a division by "
                         "zero.");
    }
  }
  return verdict(true, {{"batches", {1, 2, 7}}}, wanted,
                 "Batches of 1, 2 and 7 images keep their shape and stay finite.");
}

}  // namespace gradus::supervisor
