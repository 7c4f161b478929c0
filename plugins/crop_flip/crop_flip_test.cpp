#include <gtest/gtest.h>
#include <torch/torch.h>

#include <gradus/testing.hpp>
#include <set>

GRADUS_PLUGIN_UNDER_TEST(augmentation, crop_flip)

namespace {

std::shared_ptr<gradus::Augmentation> make(double flip = 0.5, std::int64_t pad = 4) {
  gradus::Context context;
  context.options.set("flip", flip);
  context.options.set("pad", pad);
  return gradus::make_plugin<gradus::Augmentation>(GRADUS_MANIFEST(augmentation, crop_flip),
                                                   context);
}

torch::Tensor pictures(std::int64_t n) {
  torch::manual_seed(0);
  return torch::rand({n, 3, 32, 32}) * 0.9 + 0.1;  // no zeros: padding can be told apart
}

/// All (2 pad + 1)² crops of the padded image, mirrored or not.
bool is_a_crop(const torch::Tensor& image, const torch::Tensor& result, std::int64_t pad) {
  const auto padded = torch::constant_pad_nd(image, {pad, pad, pad, pad});
  for (std::int64_t y = 0; y <= 2 * pad; ++y) {
    for (std::int64_t x = 0; x <= 2 * pad; ++x) {
      const auto crop = padded.slice(1, y, y + 32).slice(2, x, x + 32);
      if (crop.equal(result) || crop.flip({2}).equal(result)) return true;
    }
  }
  return false;
}

TEST(CropFlip, GivesACropOfThePaddedImage) {
  const auto images = pictures(16);
  const auto out = make()->apply(images, torch::arange(16), {3, 1, 0});
  ASSERT_EQ(out.sizes(), images.sizes());
  ASSERT_EQ(out.scalar_type(), torch::kFloat32);
  for (std::int64_t n = 0; n < 16; ++n) EXPECT_TRUE(is_a_crop(images[n], out[n], 4)) << n;
  EXPECT_FALSE(is_a_crop(images[0], out[1], 4));  // the comparison can fail
}

TEST(CropFlip, DependsOnSeedEpochAndIndexOnly) {
  const auto images = pictures(8);
  const auto all = make()->apply(images, torch::arange(8), {3, 1, 0});
  // Another batch, another order, another step: the same pictures.
  const auto order = torch::tensor({5, 2}, torch::kInt64);
  const auto some = make()->apply(images.index_select(0, order), order, {3, 1, 9});
  EXPECT_TRUE(some.equal(all.index_select(0, order)));
  EXPECT_FALSE(make()->apply(images, torch::arange(8), {4, 1, 0}).equal(all));
  EXPECT_FALSE(make()->apply(images, torch::arange(8), {3, 2, 0}).equal(all));
  EXPECT_FALSE(make()->apply(images, torch::arange(8) + 8, {3, 1, 0}).equal(all));
}

TEST(CropFlip, MirrorsHalfOfTheImagesAndReachesEveryOffset) {
  // A ramp along x, no padding seen in the middle: value and slope give offset and direction.
  const std::int64_t n = 2000;
  const auto ramp = torch::arange(32, torch::kFloat32).div(31).expand({n, 1, 32, 32});
  const auto out = make()->apply(ramp, torch::arange(n), {0, 1, 0});
  std::int64_t mirrored = 0;
  std::set<long> offsets;
  for (std::int64_t i = 0; i < n; ++i) {
    const float left = out[i][0][16][15].item<float>(), right = out[i][0][16][16].item<float>();
    mirrored += left > right ? 1 : 0;
    offsets.insert(std::lround(31 * std::min(left, right)) - 15);
  }
  EXPECT_NEAR(static_cast<double>(mirrored) / n, 0.5, 0.056);  // five standard errors
  EXPECT_EQ(offsets, (std::set<long>{-4, -3, -2, -1, 0, 1, 2, 3, 4}));
}

TEST(CropFlip, LeavesImagesAloneWithoutPadAndFlip) {
  const auto images = pictures(4);
  EXPECT_TRUE(make(0, 0)->apply(images, torch::arange(4), {0, 1, 0}).equal(images));
  EXPECT_TRUE(make(1, 0)->apply(images, torch::arange(4), {0, 1, 0}).equal(images.flip({3})));
}

TEST(CropFlip, PadsWiderThanTheImage) {
  const auto out = make(0.5, 40)->apply(pictures(64), torch::arange(64), {0, 1, 0});
  EXPECT_GE(out.min().item<float>(), 0);
  EXPECT_LE(out.max().item<float>(), 1);
}

TEST(CropFlip, RefusesOptionsThatMakeNoSense) {
  EXPECT_THROW(make(1.5), std::runtime_error);
  EXPECT_THROW(make(0.5, -1), std::runtime_error);
}

}  // namespace
