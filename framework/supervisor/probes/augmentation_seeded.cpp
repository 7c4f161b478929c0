#include <array>
#include <cmath>

#include "framework/supervisor/probes/augmentation.hpp"

namespace gradus::supervisor {

namespace {

/// Epochs after which one that begins late has begun.
constexpr std::int64_t kLate = 100;

/// The largest difference from `first` over several other seeds, or epochs: one other seed may well
/// draw the same (a coin for the whole batch), and an augmentation may begin late.
Result<double> by_others(const ProbeInputs& inputs, const Application& request,
                         const std::vector<float>& first, bool seeds) {
  constexpr std::array<std::int64_t, 6> kFarther = {1, 2, 5, 10, 30, kLate};
  double largest = 0;
  for (std::size_t i = 0; i < kFarther.size() && largest == 0; ++i) {
    Application other = request;
    if (seeds) {
      other.seed = made_up_seed(inputs, 1 + i);
    } else {
      other.epoch = request.epoch + kFarther[i];
    }
    GRADUS_TRY(const std::vector<float> changed, inputs.examiner.apply(other));
    largest = largest_difference(first, changed);
  }
  return largest;
}

}  // namespace

// The order of the requests matters: a generator that is kept between calls gives other pictures
// the second time.
Result<ProbeOutcome> probe_augmentation_seeded(const ProbeInputs& inputs) {
  constexpr std::int64_t kImages = 64;
  const double tolerance = inputs.number("tolerance", 1e-6);
  const Application request = first_images(inputs, kImages);
  GRADUS_TRY(const std::vector<float> first, inputs.examiner.apply(request));
  GRADUS_TRY(double by_seed, by_others(inputs, request, first, true));
  if (by_seed == 0) {
    Application later = request;
    later.epoch += kLate;
    GRADUS_TRY(const std::vector<float> then, inputs.examiner.apply(later));
    GRADUS_TRY(by_seed, by_others(inputs, later, then, true));
  }
  GRADUS_TRY(const double by_epoch, by_others(inputs, request, first, false));
  GRADUS_TRY(const std::vector<float> again, inputs.examiner.apply(request));
  const double same = largest_difference(first, again);
  const std::map<std::string, Json> found = {
      {"again", figure(same)}, {"other_seed", figure(by_seed)}, {"other_epoch", figure(by_epoch)}};
  const std::map<std::string, Json> wanted = {{"tolerance", tolerance}};
  if (!std::isfinite(same)) {
    return verdict(false, found, wanted,
                   "The pictures hold NaN or infinite numbers, so they cannot be compared. A "
                   "probable cause: a division by zero.");
  }
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
