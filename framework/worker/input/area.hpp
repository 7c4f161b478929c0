#pragma once

#include <cstdint>
#include <vector>

#include "framework/worker/input/pixels.hpp"

namespace gradus::worker {

/// Makes images smaller by the mean over the area that each new pixel covers (area interpolation):
/// with a = H / h, out[y] = 1/a ∫ in over [a·y, a·(y + 1)), the image being constant within a
/// pixel; rows and columns alike. No aliasing, the mean of an image stays.
class AreaResize {
 public:
  /// `to` must not be larger than `from` in any direction; channels are those of `from`.
  AreaResize(const ImageShape& from, std::int64_t height, std::int64_t width);

  /// in: float [H, W, C] → out: float [h, w, C]. Not safe for two threads at once.
  void apply(const float* in, float* out);
  ImageShape to() const { return to_; }

 private:
  /// What one new row or column takes: `weights` of the old ones from `first` on; their sum is 1.
  struct Share {
    std::int64_t first = 0;
    std::vector<float> weights;
  };
  static std::vector<Share> shares(std::int64_t from, std::int64_t to);

  ImageShape from_, to_;
  std::vector<Share> rows_, columns_;
  std::vector<float> narrow_;  // [H, w, C], between the two passes
};

}  // namespace gradus::worker
