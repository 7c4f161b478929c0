#pragma once

#include <ATen/core/Tensor.h>
#include <torch/types.h>

#include <cstdint>

#include "gradus/context.hpp"
#include "gradus/manifest.hpp"
#include "gradus/random.hpp"

namespace gradus {

/// Where in the training a batch stands. Derive randomness from it (gradus::Random), never from a
/// generator kept between calls: a resumed training must see the same pictures as an undisturbed
/// one.
struct AugmentationStep {
  std::uint64_t seed = 0;  ///< of the run
  std::int64_t epoch = 0;  ///< from 1
  std::int64_t step = 0;   ///< batch within the epoch, from 0
};

/// Changes training images before they are normalised; called batch by batch, in sequence.
class Augmentation {
 public:
  virtual ~Augmentation() = default;
  /// images: float32 [N, C, H, W], values in [0, 1]; may be changed in place. indices: int64 [N],
  /// each image's index in the training split. Returns float32 [N, C, H, W], values in [0, 1].
  virtual torch::Tensor apply(torch::Tensor images, torch::Tensor indices,
                              const AugmentationStep& step) = 0;
};

}  // namespace gradus

/// GRADUS_AUGMENTATION(MyShift, my_shift, "1.0"): at namespace scope, once a class.
#define GRADUS_AUGMENTATION(Class, name, version) \
  GRADUS_PLUGIN_(::gradus::Augmentation, augmentation, Class, name, version)
