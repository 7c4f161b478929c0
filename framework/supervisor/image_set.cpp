#include "framework/supervisor/image_set.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace gradus::supervisor {

ImageSet ImageSet::first(std::int64_t limit) const {
  ImageSet part = *this;
  if (limit > 0 && limit < count) part.count = limit;
  part.images = images.first(static_cast<std::size_t>(part.count) * image_bytes());
  part.labels = labels.first(static_cast<std::size_t>(part.count));
  return part;
}

std::vector<std::uint8_t> ImageSet::gather(std::span<const std::uint32_t> indices) const {
  std::vector<std::uint8_t> pixels;
  pixels.reserve(indices.size() * image_bytes());
  for (const std::uint32_t index : indices) {
    const auto one = image(index);
    pixels.insert(pixels.end(), one.begin(), one.end());
  }
  return pixels;
}

std::vector<std::uint8_t> mirrored_pixels(const ImageSet& set) {
  const auto pixel = static_cast<std::size_t>(set.channels);
  const auto width = static_cast<std::size_t>(set.width), line = width * pixel;
  std::vector<std::uint8_t> pixels(set.images.size());
  for (std::size_t row = 0; row < pixels.size(); row += line) {
    for (std::size_t x = 0; x < width; ++x) {
      std::copy_n(set.images.begin() + static_cast<std::ptrdiff_t>(row + x * pixel), pixel,
                  pixels.begin() + static_cast<std::ptrdiff_t>(row + (width - 1 - x) * pixel));
    }
  }
  return pixels;
}

Result<MappedSet> MappedSet::open(const datasets::SplitFiles& files, const DataSpec& shape) {
  GRADUS_TRY(auto images, datasets::MappedFile::open(files.images));
  GRADUS_TRY(auto labels, datasets::MappedFile::open(files.labels));
  ImageSet set;
  set.count = files.count;
  set.height = shape.height;
  set.width = shape.width;
  set.channels = shape.channels;
  const std::size_t wanted = static_cast<std::size_t>(set.count) * set.image_bytes();
  if (set.count < 0 || images.bytes().size() != wanted ||
      labels.bytes().size() != static_cast<std::size_t>(set.count)) {
    return infrastructure_error(
        files.images.string(),
        "the split has " + std::to_string(images.bytes().size()) + " bytes of images and " +
            std::to_string(labels.bytes().size()) + " labels, wanted " + std::to_string(wanted) +
            " and " + std::to_string(set.count),
        "run 'gradus data verify " + shape.name + "', then 'gradus data get " + shape.name + "'");
  }
  const auto worst = std::max_element(labels.bytes().begin(), labels.bytes().end());
  if (worst != labels.bytes().end() && *worst >= shape.classes) {
    return infrastructure_error(files.labels.string(),
                                "found the label " + std::to_string(*worst) + " among " +
                                    std::to_string(shape.classes) + " classes",
                                "run 'gradus data verify " + shape.name + "'");
  }
  set.images = images.bytes();
  set.labels = labels.bytes();
  return MappedSet(std::move(images), std::move(labels), set);
}

}  // namespace gradus::supervisor
