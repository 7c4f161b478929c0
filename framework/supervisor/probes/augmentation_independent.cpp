#include <algorithm>
#include <cmath>

#include "framework/supervisor/probes/augmentation.hpp"

namespace gradus::supervisor {

// An image with its index at its place, in the company of other images. Random numbers may follow
// an image's index or its place in the batch: both are drawn from (seed, epoch, step).
Result<ProbeOutcome> probe_augmentation_independent(const ProbeInputs& inputs) {
  constexpr std::int64_t kImages = 32;
  const double tolerance = inputs.number("tolerance", 1e-6);
  const Application company = first_images(inputs, kImages);
  const auto count = static_cast<std::int64_t>(company.indices.size());
  const std::size_t size = inputs.train.image_bytes();
  GRADUS_TRY(const std::vector<float> together, inputs.examiner.apply(company));
  double difference = 0;
  for (const std::int64_t kept : {std::int64_t{0}, std::int64_t{1}}) {
    std::vector<std::int64_t> mixed = company.indices;
    for (std::int64_t i = 0; i < count; ++i) {
      if (i % 2 != kept) mixed[static_cast<std::size_t>(i)] = (i + count) % inputs.train.count;
    }
    GRADUS_TRY(const std::vector<float> others, inputs.examiner.apply(image_batch(inputs, mixed)));
    for (std::int64_t i = kept; i < count; i += 2) {
      const auto from = static_cast<std::ptrdiff_t>(static_cast<std::size_t>(i) * size);
      const auto image = [&](const std::vector<float>& all) {
        return std::vector<float>(all.begin() + from,
                                  all.begin() + from + static_cast<std::ptrdiff_t>(size));
      };
      difference = std::max(difference, largest_difference(image(together), image(others)));
    }
  }
  const std::map<std::string, Json> found = {{"difference", figure(difference)}};
  const std::map<std::string, Json> wanted = {{"difference", tolerance}};
  if (difference <= tolerance) {
    return verdict(true, found, wanted, "An image is changed the same way in any company.");
  }
  if (!std::isfinite(difference)) {
    return verdict(false, found, wanted,
                   "The pictures hold NaN or infinite numbers, so they cannot be compared. A "
                   "probable cause: a division by zero.");
  }
  return verdict(false, found, wanted,
                 "An image is changed differently beside other images, by " + rounded(difference) +
                     ", wanted at most " + rounded(tolerance) +
                     ". A probable cause: a mean, a shuffle or a mixture over the whole batch.");
}

}  // namespace gradus::supervisor
