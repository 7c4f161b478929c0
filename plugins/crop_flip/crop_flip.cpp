#include <torch/torch.h>
#include <gradus/augmentation.hpp>

#include <algorithm>
#include <cstdint>

namespace {

/// One row of an image moved by `shift` pixels (out[x] = in[x + shift]), zero where it has no
/// source.
void shift_row(const float* in, float* out, std::int64_t width, std::int64_t shift) {
  const std::int64_t first = std::clamp<std::int64_t>(-shift, 0, width);
  const std::int64_t last = std::clamp<std::int64_t>(width - shift, 0, width);
  std::fill(out, out + first, 0.0F);
  if (last > first) std::copy(in + first + shift, in + last + shift, out + first);
  std::fill(out + std::max(first, last), out + width, 0.0F);
}

/// The standard CIFAR augmentation: pad by 4 zero pixels, crop at random to the old size, mirror
/// with probability 1/2. An image's changes depend on (seed, epoch, its index) alone, not on the
/// batch that it is in. Options: pad (pixels), flip (probability).
class CropFlip : public gradus::Augmentation {
 public:
  explicit CropFlip(const gradus::Context& context)
      : pad_(context.options.get("pad", 4)), flip_(context.options.get("flip", 0.5)) {
    TORCH_CHECK(pad_ >= 0, "option 'pad' is ", pad_, ", wanted at least 0");
    TORCH_CHECK(flip_ >= 0 && flip_ <= 1, "option 'flip' is ", flip_, ", wanted 0 to 1");
  }

  torch::Tensor apply(torch::Tensor images, torch::Tensor indices,
                      const gradus::AugmentationStep& step) override {
    images = images.contiguous();
    indices = indices.contiguous();
    torch::Tensor result = torch::empty_like(images);
    const std::int64_t channels = images.size(1), height = images.size(2), width = images.size(3);
    const auto* const index = indices.const_data_ptr<std::int64_t>();
    const auto* in = images.const_data_ptr<float>();
    auto* out = result.mutable_data_ptr<float>();
    for (std::int64_t n = 0; n < images.size(0); ++n) {
      gradus::Random random(step.seed, step.epoch, index[n]);
      const std::int64_t down = random.between(-pad_, pad_), right = random.between(-pad_, pad_);
      const bool mirrored = random.coin(flip_);
      for (std::int64_t row = 0; row < channels * height; ++row, out += width) {
        const std::int64_t y = row % height + down;
        if (y < 0 || y >= height) {
          std::fill(out, out + width, 0.0F);
          continue;
        }
        shift_row(in + (row + down) * width, out, width, right);
        if (mirrored) std::reverse(out, out + width);
      }
      in += channels * height * width;
    }
    return result;
  }

 private:
  int pad_;
  double flip_;
};

}  // namespace

GRADUS_AUGMENTATION(CropFlip, crop_flip, "1.0")
