#include <algorithm>
#include <vector>

#include "datasets/catalog/catalog.hpp"
#include "datasets/catalog/png.hpp"
#include "framework/core/files.hpp"

namespace gradus::datasets {
namespace {

constexpr std::size_t kPerClass = 10;
constexpr std::size_t kGap = 4;          ///< pixels between and around the pictures
constexpr std::size_t kWantedSide = 64;  ///< pictures are enlarged by a whole factor up to this
constexpr std::uint8_t kPaper = 255;

/// One picture or a sheet of them: grey or RGB, row-major, channels interleaved.
struct Sheet {
  std::size_t width, height, channels;
  std::vector<std::uint8_t> pixels;
};

/// Copies one image, each pixel a square of `factor`, to (left, top).
void paste(Sheet& sheet, std::span<const std::uint8_t> image, const DatasetInfo& info,
           std::size_t factor, std::size_t left, std::size_t top) {
  const auto width = static_cast<std::size_t>(info.width);
  const auto height = static_cast<std::size_t>(info.height);
  const auto channels = static_cast<std::size_t>(info.channels);
  for (std::size_t y = 0; y < height * factor; ++y) {
    for (std::size_t x = 0; x < width * factor; ++x) {
      const std::size_t from = ((y / factor) * width + x / factor) * channels;
      const std::size_t to = ((top + y) * sheet.width + left + x) * sheet.channels;
      // Data with other than 1 or 3 channels: its first one, in grey.
      for (std::size_t c = 0; c < sheet.channels; ++c) sheet.pixels[to + c] = image[from + c];
    }
  }
}

}  // namespace

Status write_mosaic(const Dataset& dataset, const std::filesystem::path& png) {
  const DatasetInfo& info = dataset.info();
  const SplitFiles files = dataset.published_train();
  GRADUS_TRY(const MappedFile images, MappedFile::open(files.images));
  GRADUS_TRY(const MappedFile labels, MappedFile::open(files.labels));

  const auto side = static_cast<std::size_t>(std::max(info.width, info.height));
  const std::size_t factor = std::max<std::size_t>(1, kWantedSide / side);
  const std::size_t step_x = static_cast<std::size_t>(info.width) * factor + kGap;
  const std::size_t step_y = static_cast<std::size_t>(info.height) * factor + kGap;
  Sheet sheet{kPerClass * step_x + kGap,
              info.classes.size() * step_y + kGap,
              info.channels == 3 ? std::size_t{3} : std::size_t{1},
              {}};
  sheet.pixels.assign(sheet.width * sheet.height * sheet.channels, kPaper);

  // One row a class, in the order of the labels; the first of each in the published order.
  const std::size_t size = images.bytes().size() / std::max<std::size_t>(1, labels.bytes().size());
  std::vector<std::size_t> shown(info.classes.size(), 0);
  for (std::size_t i = 0; i < labels.bytes().size(); ++i) {
    const std::size_t label = labels.bytes()[i];
    if (label >= shown.size() || shown[label] == kPerClass) continue;
    paste(sheet, images.bytes().subspan(i * size, size), info, factor,
          kGap + shown[label]++ * step_x, kGap + label * step_y);
  }
  GRADUS_TRY(const std::string bytes,
             encode_png(sheet.pixels, static_cast<std::int64_t>(sheet.width),
                        static_cast<std::int64_t>(sheet.height),
                        static_cast<std::int64_t>(sheet.channels)));
  return write_file_atomically(png, bytes);
}

}  // namespace gradus::datasets
