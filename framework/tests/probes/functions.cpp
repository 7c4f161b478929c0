// Activations and augmentations for the tests of probes: one good one each, in another style than
// the reference plugins, and one a fault.

#include <torch/nn/module.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <csignal>
#include <gradus/activation.hpp>
#include <gradus/augmentation.hpp>
#include <stdexcept>

namespace {

using torch::Tensor;
using Step = gradus::AugmentationStep;

// x · (1 + tanh(x/2)) / 2 is swish.
#define ACTIVATION(Class, name, ...)                  \
  class Class : public gradus::Activation {           \
   public:                                            \
    explicit Class(const gradus::Context&) {}         \
    Tensor forward(Tensor x) override { __VA_ARGS__ } \
  };                                                  \
  }                                                   \
  GRADUS_ACTIVATION(Class, name, "1")                 \
  namespace {

ACTIVATION(HalfTangent, half_tangent, return (x * 0.5).tanh().add(1).mul(x).mul(0.5);)
ACTIVATION(InPlace, in_place, return x.mul_(x.sigmoid());)
ACTIVATION(Flattens, flattens, return x.flatten();)
ACTIVATION(Logarithm, logarithm, return x.log();)
ACTIVATION(Centred, centred, return x - x.mean();)
ACTIVATION(HardSwish, hard_swish, return x * (x + 3).clamp(0, 6) / 6;)
ACTIVATION(SmallKink, small_kink, return torch::where(x > 0, x, x * 0.93);)
ACTIVATION(NoGradient, no_gradient, return x * x.sigmoid().detach();)
ACTIVATION(Detached, detached, return (x * x.sigmoid()).detach();)
ACTIVATION(
    DiesOnVectors, dies_on_vectors, if (x.dim() == 1) {
      std::signal(SIGSEGV, SIG_DFL);
      std::raise(SIGSEGV);
    } return x.relu();)
ACTIVATION(
    LoopsOnVectors, loops_on_vectors,
    for (volatile unsigned i = 0; x.dim() == 1; i = i + 1) {} return x.relu();)
ACTIVATION(ThrowsOnVectors, throws_on_vectors,
           if (x.dim() == 1) throw std::runtime_error("not today");
           return x.relu();)

#define AUGMENTATION(Class, name, ...)                                       \
  class Class : public gradus::Augmentation {                                \
   public:                                                                   \
    explicit Class(const gradus::Context&) {}                                \
    Tensor apply(Tensor images, Tensor indices, const Step& step) override { \
      static_cast<void>(indices);                                            \
      static_cast<void>(step);                                               \
      __VA_ARGS__                                                            \
    }                                                                        \
  };                                                                         \
  }                                                                          \
  GRADUS_AUGMENTATION(Class, name, "1")                                      \
  namespace {

/// Cutout with masks, not with narrow(): ones where a pixel stays. One hole of 2·half × 2·half.
Tensor cutout(const Tensor& images, const Tensor& indices, const Step& step, int half) {
  const Tensor mask = torch::ones_like(images);
  const int height = static_cast<int>(images.size(2)), width = static_cast<int>(images.size(3));
  const Tensor y = torch::arange(height).view({height, 1}), x = torch::arange(width);
  for (std::int64_t n = 0; n < images.size(0); ++n) {
    gradus::Random random(step.seed, step.epoch, indices[n].item<std::int64_t>());
    const int cy = random.between(0, height - 1), cx = random.between(0, width - 1);
    const Tensor hole = (y >= cy - half) & (y < cy + half) & (x >= cx - half) & (x < cx + half);
    mask[n].masked_fill_(hole, 0);
  }
  return images * mask;
}

AUGMENTATION(Cutout, cutout_quarter, return cutout(images, indices, step, 2);)
AUGMENTATION(CutoutHalf, cutout_half, return cutout(images, indices, step, 4);)
AUGMENTATION(Crops, crops, return images.narrow(3, 1, images.size(3) - 1);)
AUGMENTATION(Divides, divides, return images / 0.0;)
AUGMENTATION(Bright, bright, return images + 0.5;)
AUGMENTATION(Unseeded, unseeded, static gradus::Random kept(1, 1, 1);
             return images * kept.uniform();)
AUGMENTATION(ForgetsEpoch, forgets_epoch,
             return images * gradus::Random(step.seed, 1, 1).uniform();)
AUGMENTATION(ByPlace, by_place, Tensor out = images.clone();
             gradus::Random random(step.seed, step.epoch, 0);
             for (std::int64_t n = 0; n < images.size(0); ++n) out[n].mul_(random.uniform());
             return out;)
AUGMENTATION(BeginsLate, begins_late,
             return step.epoch < 30 ? images
                                    : images * gradus::Random(step.seed, step.epoch, 1).uniform();)
AUGMENTATION(Mixes, mixes, return images * 0.9 + images.roll(1, 0) * 0.1;)
AUGMENTATION(DiesInApply, dies_in_apply, std::signal(SIGSEGV, SIG_DFL); std::raise(SIGSEGV);
             return images;)
AUGMENTATION(
    LoopsInApply, loops_in_apply,
    for (volatile unsigned i = 0; images.dim() == 4; i = i + 1) {} return images;)
AUGMENTATION(ThrowsInApply, throws_in_apply, throw std::runtime_error("not today");)

}  // namespace
