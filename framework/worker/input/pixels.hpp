#pragma once

// What happens to one image on its way from the store to the network: random crop, mirror,
// normalise. Plain C++ over raw pointers without any library: the same bodies can be compiled for
// a GPU. Randomness is a function of (seed, epoch, image) alone, so the order in which images are
// prepared, and by how many threads, cannot change a result.

#include <cstdint>
#include <vector>

#include "framework/core/philox.hpp"

namespace gradus::worker {

/// Of one image, stored uint8 [H, W, C].
struct ImageShape {
  std::int64_t channels = 0, height = 0, width = 0;
  std::int64_t size() const { return channels * height * width; }
};

/// Where the crop lies in the image (negative or beyond the edge: padding), and whether the crop is
/// mirrored left to right.
struct Placement {
  std::int32_t dy = 0, dx = 0;
  bool mirrored = false;
};

/// The placement of one image in one epoch: offsets uniform in [-padding, padding], mirrored with
/// probability 1/2 where `flip`. Words 0, 1 and 2 of the image's Philox block, whatever is asked
/// for: turning flip on does not move the crops.
inline Placement draw_placement(std::uint64_t seed, std::uint32_t epoch, std::uint64_t image,
                                std::int32_t padding, bool flip) {
  const auto words = philox(seed, Purpose::augment, epoch, image);
  const auto choices = static_cast<std::uint32_t>(2 * padding + 1);
  return {static_cast<std::int32_t>(bounded(words[0], choices)) - padding,
          static_cast<std::int32_t>(bounded(words[1], choices)) - padding,
          flip && bounded(words[2], 2) == 1};
}

/// Float value of each byte, a row of 256 per channel: normalising is a look-up.
class PixelTable {
 public:
  /// value = (byte / 255 - mean) / std, computed in double, rounded once. Empty: byte / 255.
  PixelTable(std::int64_t channels, const std::vector<double>& mean,
             const std::vector<double>& std);
  const float* data() const { return values_.data(); }

 private:
  std::vector<float> values_;
};

/// One image, uint8 [H, W, C] → float [H, W, C]; what lies outside counts as byte 0 (black), as
/// when one pads before normalising. kChannels: the number of channels where it is known, else 0.
template <int kChannels>
inline void transform_image(const std::uint8_t* image, const ImageShape& shape, Placement at,
                            const float* table, float* out) {
  const std::int64_t channels = kChannels > 0 ? kChannels : shape.channels;
  const std::int64_t width = shape.width;
  // Columns of the crop that fall on the image: [first, last).
  const std::int64_t first = at.dx < 0 ? (-at.dx < width ? -at.dx : width) : 0;
  const std::int64_t last = at.dx > 0 ? (at.dx < width ? width - at.dx : 0) : width;
  const std::int64_t stride = at.mirrored ? -channels : channels;
  for (std::int64_t y = 0; y < shape.height; ++y) {
    float* row = out + y * width * channels;
    float* pixel = at.mirrored ? row + (width - 1) * channels : row;
    const std::int64_t source_y = y + at.dy;
    std::int64_t x = 0;
    const auto black_until = [&](std::int64_t end) {
      for (; x < end; ++x, pixel += stride) {
        for (std::int64_t c = 0; c < channels; ++c) pixel[c] = table[c * 256];
      }
    };
    if (source_y < 0 || source_y >= shape.height) {
      black_until(width);
      continue;
    }
    black_until(first);
    const std::uint8_t* source = image + (source_y * width + x + at.dx) * channels;
    for (; x < last; ++x, pixel += stride, source += channels) {
      for (std::int64_t c = 0; c < channels; ++c) pixel[c] = table[c * 256 + source[c]];
    }
    black_until(width);
  }
}

/// transform_image() for any number of channels.
void transform_image(const std::uint8_t* image, const ImageShape& shape, Placement at,
                     const PixelTable& table, float* out);

}  // namespace gradus::worker
