#include "framework/worker/input/pixels.hpp"

#include <cstddef>

namespace gradus::worker {

PixelTable::PixelTable(std::int64_t channels, const std::vector<double>& mean,
                       const std::vector<double>& std)
    : values_(static_cast<std::size_t>(channels) * 256) {
  for (std::size_t i = 0; i < values_.size(); ++i) {
    const std::size_t c = i / 256;
    const double shift = c < mean.size() ? mean[c] : 0.0;
    const double scale = c < std.size() ? std[c] : 1.0;
    values_[i] = static_cast<float>((static_cast<double>(i % 256) / 255.0 - shift) / scale);
  }
}

void transform_image(const std::uint8_t* image, const ImageShape& shape, Placement at,
                     const PixelTable& table, float* out) {
  switch (shape.channels) {
    case 1:
      return transform_image<1>(image, shape, at, table.data(), out);
    case 3:
      return transform_image<3>(image, shape, at, table.data(), out);
    default:
      return transform_image<0>(image, shape, at, table.data(), out);
  }
}

}  // namespace gradus::worker
