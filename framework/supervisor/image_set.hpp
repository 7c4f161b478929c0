#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "datasets/store/store.hpp"
#include "framework/core/result.hpp"

namespace gradus::supervisor {

/// Images uint8 [N, H, W, C] and labels uint8 [N] of one split, as the supervisor alone holds them.
struct ImageSet {
  std::span<const std::uint8_t> images, labels;
  std::int64_t count = 0, height = 0, width = 0, channels = 0;

  std::size_t image_bytes() const { return static_cast<std::size_t>(height * width * channels); }
  std::span<const std::uint8_t> image(std::uint32_t index) const {
    return images.subspan(index * image_bytes(), image_bytes());
  }
  /// The first `limit` images; all of them where limit is 0 or larger than the set.
  ImageSet first(std::int64_t limit) const;
  /// Pixels of the given images one after the other, [n, H, W, C].
  std::vector<std::uint8_t> gather(std::span<const std::uint32_t> indices) const;
};

/// The pixels of all images mirrored left to right, in the set's order.
std::vector<std::uint8_t> mirrored_pixels(const ImageSet& set);

/// An ImageSet together with the mappings that it points into.
class MappedSet {
 public:
  /// Error (infrastructure): a file cannot be mapped, or its size does not fit the plan's shape.
  static Result<MappedSet> open(const datasets::SplitFiles& files, const DataSpec& shape);
  const ImageSet& set() const { return set_; }

 private:
  MappedSet(datasets::MappedFile images, datasets::MappedFile labels, ImageSet set)
      : images_(std::move(images)), labels_(std::move(labels)), set_(set) {}
  datasets::MappedFile images_, labels_;
  ImageSet set_;
};

}  // namespace gradus::supervisor
