#include <algorithm>

#include "framework/supervisor/probes/augmentation.hpp"

namespace gradus::supervisor {

// An image with its index, at another place of a batch of others, and alone.
Result<ProbeOutcome> probe_augmentation_independent(const ProbeInputs& inputs) {
  constexpr std::int64_t kImages = 32, kAlone = 8;
  const double tolerance = inputs.number("tolerance", 1e-6);
  const Application company = first_images(inputs, kImages);
  const std::size_t size = inputs.train.image_bytes();
  GRADUS_TRY(const std::vector<float> together, inputs.examiner.apply(company));
  std::vector<std::int64_t> reversed(company.indices.rbegin(), company.indices.rend());
  GRADUS_TRY(const std::vector<float> backwards,
             inputs.examiner.apply(image_batch(inputs, reversed)));
  const std::size_t count = company.indices.size();
  const auto image = [&](const std::vector<float>& all, std::size_t i) {
    const auto at = all.begin() + static_cast<std::ptrdiff_t>(i * size);
    return std::vector<float>(at, at + static_cast<std::ptrdiff_t>(size));
  };
  double by_place = 0, alone = 0;
  for (std::size_t i = 0; i < count; ++i)
    by_place =
        std::max(by_place, largest_difference(image(together, i), image(backwards, count - 1 - i)));
  for (std::size_t i = 0; i < std::min<std::size_t>(kAlone, count); ++i) {
    GRADUS_TRY(const std::vector<float> single,
               inputs.examiner.apply(image_batch(inputs, {company.indices[i]})));
    alone = std::max(alone, largest_difference(single, image(together, i)));
  }
  const double difference = std::max(by_place, alone);
  const std::map<std::string, Json> found = {{"difference", figure(difference)}};
  const std::map<std::string, Json> wanted = {{"difference", tolerance}};
  if (difference <= tolerance) {
    return verdict(true, found, wanted, "An image is changed the same way alone and in company.");
  }
  return verdict(false, found, wanted,
                 "An image is changed differently " +
                     std::string(alone > tolerance ? "alone than in company" : "at another place") +
                     ", by " + rounded(difference) + ", wanted at most " + rounded(tolerance) +
                     ". A probable cause: one draw for the whole batch, or random numbers by the "
                     "place in the batch in place of the image's index.");
}

}  // namespace gradus::supervisor
