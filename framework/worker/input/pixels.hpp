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
  GRADUS_HOST_DEVICE std::int64_t size() const { return channels * height * width; }
};

/// Where the crop lies in the image (negative or beyond the edge: padding), whether the crop is
/// mirrored left to right, and what the padding is: black, or the image's reflection at its
/// outermost pixels, which are not repeated (… 2 1 0 1 2 …).
struct Placement {
  std::int32_t dy = 0, dx = 0;
  bool mirrored = false;
  bool reflected = false;
};

/// How placements are drawn.
struct PlacementRule {
  std::int32_t padding = 0;
  bool flip = false;
  bool turns = false;    ///< of flip: one coin an image; from then on every second epoch
  bool reflect = false;  ///< the padding

  GRADUS_HOST_DEVICE bool any() const { return padding > 0 || flip; }
};

/// The placement of one image in one epoch (from 1): offsets uniform in [-padding, padding],
/// mirrored with probability 1/2 where `flip`. Words 0, 1 and 2 of the image's Philox block,
/// whatever is asked for: turning flip on does not move the crops. With `turns` the coin of the
/// first epoch decides, and each epoch shows the other side: any two epochs in a row show both.
GRADUS_HOST_DEVICE inline Placement draw_placement(std::uint64_t seed, std::uint32_t epoch,
                                                   std::uint64_t image, const PlacementRule& rule) {
  const auto words = philox(seed, Purpose::augment, epoch, image);
  const auto choices = static_cast<std::uint32_t>(2 * rule.padding + 1);
  Placement at{static_cast<std::int32_t>(bounded(words[0], choices)) - rule.padding,
               static_cast<std::int32_t>(bounded(words[1], choices)) - rule.padding, false,
               rule.reflect};
  if (!rule.flip) return at;
  if (!rule.turns) {
    at.mirrored = bounded(words[2], 2) == 1;
    return at;
  }
  const bool first = bounded(philox(seed, Purpose::augment, 1, image)[2], 2) == 1;
  at.mirrored = first != (epoch % 2 == 0);
  return at;
}

/// Index within [0, size) that `index` is the reflection of; any distance.
GRADUS_HOST_DEVICE inline std::int64_t reflected_index(std::int64_t index, std::int64_t size) {
  if (size == 1) return 0;
  const std::int64_t period = 2 * (size - 1);
  const std::int64_t at = (index % period + period) % period;
  return at < size ? at : period - at;
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
/// when one pads before normalising, or as the image's reflection. kChannels: the number of
/// channels where it is known, else 0.
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
    const std::int64_t source_y =
        at.reflected ? reflected_index(y + at.dy, shape.height) : y + at.dy;
    const bool outside = source_y < 0 || source_y >= shape.height;
    const std::uint8_t* line = outside ? image : image + source_y * width * channels;
    std::int64_t x = 0;
    const auto pad_until = [&](std::int64_t end) {
      for (; x < end; ++x, pixel += stride) {
        const std::uint8_t* source =
            at.reflected ? line + reflected_index(x + at.dx, width) * channels : nullptr;
        for (std::int64_t c = 0; c < channels; ++c) {
          pixel[c] = table[c * 256 + (source == nullptr ? 0 : source[c])];
        }
      }
    };
    if (outside) {
      pad_until(width);
      continue;
    }
    pad_until(first);
    const std::uint8_t* source = line + (x + at.dx) * channels;
    for (; x < last; ++x, pixel += stride, source += channels) {
      for (std::int64_t c = 0; c < channels; ++c) pixel[c] = table[c * 256 + source[c]];
    }
    pad_until(width);
  }
}

/// transform_image() for any number of channels.
void transform_image(const std::uint8_t* image, const ImageShape& shape, Placement at,
                     const PixelTable& table, float* out);

}  // namespace gradus::worker
