#include "framework/supervisor/probes/augmentation.hpp"

namespace gradus::supervisor {

// The order of the requests matters: a generator that is kept between calls gives other pictures
// the second time.
Result<ProbeOutcome> probe_augmentation_seeded(const ProbeInputs& inputs) {
  constexpr std::int64_t kImages = 64;
  const double tolerance = inputs.number("tolerance", 1e-6);
  const Application request = first_images(inputs, kImages);
  Application other_seed = request, other_epoch = request;
  other_seed.seed = made_up_seed(inputs, 1);
  other_epoch.epoch = request.epoch + 1;
  GRADUS_TRY(const std::vector<float> first, inputs.examiner.apply(request));
  GRADUS_TRY(const std::vector<float> seed, inputs.examiner.apply(other_seed));
  GRADUS_TRY(const std::vector<float> epoch, inputs.examiner.apply(other_epoch));
  GRADUS_TRY(const std::vector<float> again, inputs.examiner.apply(request));
  const double same = largest_difference(first, again);
  const double by_seed = largest_difference(first, seed);
  const double by_epoch = largest_difference(first, epoch);
  const std::map<std::string, Json> found = {
      {"again", figure(same)}, {"other_seed", figure(by_seed)}, {"other_epoch", figure(by_epoch)}};
  const std::map<std::string, Json> wanted = {{"tolerance", tolerance}};
  if (same > tolerance) {
    return verdict(false, found, wanted,
                   "The same seed, epoch and step give pictures that differ by " + rounded(same) +
                       ", wanted at most " + rounded(tolerance) +
                       ". A probable cause: rand() or a generator kept between calls; draw from "
                       "gradus::Random(step.seed, step.epoch, index).");
  }
  for (const auto& [what, difference] : {std::pair{"seed", by_seed}, {"epoch", by_epoch}}) {
    if (difference > tolerance) continue;
    return verdict(false, found, wanted,
                   std::string("Another ") + what +
                       " gives the same pictures, wanted others. A probable cause: the random "
                       "numbers do not depend on step." +
                       what + ".");
  }
  return verdict(true, found, wanted,
                 "The same seed, epoch and step give the same pictures, others give others.");
}

}  // namespace gradus::supervisor
