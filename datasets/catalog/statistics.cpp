#include <cmath>
#include <string>

#include "datasets/catalog/catalog.hpp"
#include "datasets/store/description.hpp"

namespace gradus::datasets {

Result<Statistics> statistics(const SplitFiles& files, const DatasetInfo& info) {
  GRADUS_TRY(const MappedFile images, MappedFile::open(files.images));
  GRADUS_TRY(const MappedFile labels, MappedFile::open(files.labels));
  const auto count = static_cast<std::size_t>(files.count);
  const auto channels = static_cast<std::size_t>(info.channels);
  if (images.bytes().size() != count * image_bytes(info) || labels.bytes().size() != count) {
    return infrastructure_error(files.images.string(),
                                "not the size of " + std::to_string(count) + " images and labels",
                                get_again(info.name));
  }
  Statistics out;
  out.count = files.count;
  out.per_class.assign(info.classes.size(), 0);
  for (const std::uint8_t label : labels.bytes()) {
    if (label >= out.per_class.size()) {
      return infrastructure_error(files.labels.string(),
                                  "label " + std::to_string(label) + " of " +
                                      std::to_string(out.per_class.size()) + " classes",
                                  get_again(info.name));
    }
    ++out.per_class[label];
  }
  // Whole numbers until the end: exact, whatever the order. 255² × 2^31 images of 2^12 pixels fit.
  std::vector<std::uint64_t> sum(channels, 0), squares(channels, 0);
  const auto bytes = images.bytes();
  for (std::size_t i = 0; i < bytes.size(); i += channels) {
    for (std::size_t c = 0; c < channels; ++c) {
      const std::uint64_t value = bytes[i + c];
      sum[c] += value;
      squares[c] += value * value;
    }
  }
  const double pixels = static_cast<double>(bytes.size() / channels);
  for (std::size_t c = 0; c < channels; ++c) {
    const double mean = pixels > 0 ? static_cast<double>(sum[c]) / pixels : 0.0;
    const double second = pixels > 0 ? static_cast<double>(squares[c]) / pixels : 0.0;
    out.mean.push_back(mean / 255.0);
    out.std.push_back(std::sqrt(std::max(0.0, second - mean * mean)) / 255.0);
  }
  return out;
}

}  // namespace gradus::datasets
