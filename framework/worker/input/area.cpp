#include "framework/worker/input/area.hpp"

#include <algorithm>
#include <cstddef>

namespace gradus::worker {

AreaResize::AreaResize(const ImageShape& from, std::int64_t height, std::int64_t width)
    : from_(from),
      to_{from.channels, height, width},
      rows_(shares(from.height, height)),
      columns_(shares(from.width, width)),
      narrow_(static_cast<std::size_t>(from.height * width * from.channels)) {}

std::vector<AreaResize::Share> AreaResize::shares(std::int64_t from, std::int64_t to) {
  // In units of 1 / to of an old pixel all borders are whole: new pixel i covers
  // [i·from, (i + 1)·from), old pixel k covers [k·to, (k + 1)·to).
  std::vector<Share> all(static_cast<std::size_t>(to));
  for (std::int64_t i = 0; i < to; ++i) {
    Share& share = all[static_cast<std::size_t>(i)];
    const std::int64_t begin = i * from, end = begin + from;
    share.first = begin / to;
    for (std::int64_t k = share.first; k * to < end; ++k) {
      const std::int64_t overlap = std::min(end, (k + 1) * to) - std::max(begin, k * to);
      share.weights.push_back(
          static_cast<float>(static_cast<double>(overlap) / static_cast<double>(from)));
    }
  }
  return all;
}

void AreaResize::apply(const float* in, float* out) {
  const std::int64_t channels = from_.channels;
  float* pixel = narrow_.data();
  for (std::int64_t y = 0; y < from_.height; ++y) {
    const float* row = in + y * from_.width * channels;
    for (const Share& share : columns_) {
      std::fill(pixel, pixel + channels, 0.0F);
      const float* source = row + share.first * channels;
      for (const float weight : share.weights) {
        for (std::int64_t c = 0; c < channels; ++c) pixel[c] += weight * source[c];
        source += channels;
      }
      pixel += channels;
    }
  }
  const std::int64_t line = to_.width * channels;
  for (const Share& share : rows_) {
    std::fill(out, out + line, 0.0F);
    const float* source = narrow_.data() + share.first * line;
    for (const float weight : share.weights) {
      for (std::int64_t x = 0; x < line; ++x) out[x] += weight * source[x];
      source += line;
    }
    out += line;
  }
}

}  // namespace gradus::worker
