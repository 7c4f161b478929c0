#include "framework/supervisor/probes/augmentation.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "framework/core/philox.hpp"

namespace gradus::supervisor {

Application image_batch(const ProbeInputs& inputs, const std::vector<std::int64_t>& indices) {
  const ImageSet& set = inputs.train;
  const auto count = static_cast<std::int64_t>(indices.size());
  Application request{"augmentation", {count, set.channels, set.height, set.width}, {}, indices};
  request.seed = made_up_seed(inputs, 0);
  request.values.reserve(indices.size() * set.image_bytes());
  const std::int64_t pixels = set.height * set.width;
  for (const std::int64_t index : indices) {
    const auto image = set.image(static_cast<std::uint32_t>(index));
    for (std::int64_t c = 0; c < set.channels; ++c) {
      for (std::int64_t p = 0; p < pixels; ++p) {
        const auto byte = image[static_cast<std::size_t>(p * set.channels + c)];
        request.values.push_back(static_cast<float>(byte) / 255.0F);
      }
    }
  }
  return request;
}

Application first_images(const ProbeInputs& inputs, std::int64_t count) {
  std::vector<std::int64_t> indices(static_cast<std::size_t>(std::min(count, inputs.train.count)));
  std::iota(indices.begin(), indices.end(), 0);
  return image_batch(inputs, indices);
}

std::uint64_t made_up_seed(const ProbeInputs& inputs, std::uint64_t number) {
  const auto words = philox(inputs.seed, Purpose::probe, 4, number);
  return ((std::uint64_t{words[0]} << 32) | words[1]) >> 2;
}

double largest_difference(const std::vector<float>& a, const std::vector<float>& b) {
  double largest = 0;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    if (!std::isfinite(a[i]) || !std::isfinite(b[i]))
      return std::numeric_limits<double>::infinity();
    largest = std::max(largest, std::abs(double{a[i]} - double{b[i]}));
  }
  return largest;
}

}  // namespace gradus::supervisor
