#include "framework/worker/input/pixels.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <vector>

namespace gradus::worker {
namespace {

std::vector<std::uint8_t> picture(const ImageShape& shape, std::uint64_t seed) {
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(shape.size()));
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<std::uint8_t>(philox(seed, Purpose::probe, 0, i)[0]);
  }
  return bytes;
}

/// By walking to and fro within [0, size): the definition of a reflection.
std::int64_t walked(std::int64_t index, std::int64_t size) {
  std::int64_t at = 0, step = 1;
  for (std::int64_t i = 0; i != index; i += index > 0 ? 1 : -1) {
    if (size == 1) return 0;
    if (at + step < 0 || at + step >= size) step = -step;
    at += step;
  }
  return at;
}

/// The definition, pixel by pixel: pad with black or reflected, crop, mirror, normalise.
std::vector<float> slow_transform(const std::vector<std::uint8_t>& image, const ImageShape& shape,
                                  Placement at, const std::vector<double>& mean,
                                  const std::vector<double>& std) {
  std::vector<float> out(image.size());
  for (std::int64_t y = 0; y < shape.height; ++y) {
    for (std::int64_t x = 0; x < shape.width; ++x) {
      std::int64_t source_y = y + at.dy;
      std::int64_t source_x = (at.mirrored ? shape.width - 1 - x : x) + at.dx;
      if (at.reflected) {
        source_y = walked(source_y, shape.height);
        source_x = walked(source_x, shape.width);
      }
      const bool inside =
          source_y >= 0 && source_y < shape.height && source_x >= 0 && source_x < shape.width;
      for (std::int64_t c = 0; c < shape.channels; ++c) {
        const auto channel = static_cast<std::size_t>(c);
        const std::uint8_t byte =
            inside ? image[static_cast<std::size_t>(
                         (source_y * shape.width + source_x) * shape.channels + c)]
                   : std::uint8_t{0};
        out[static_cast<std::size_t>((y * shape.width + x) * shape.channels + c)] =
            static_cast<float>((byte / 255.0 - mean[channel]) / std[channel]);
      }
    }
  }
  return out;
}

void expect_equal_to_slow(const ImageShape& shape, Placement at) {
  const std::vector<double> mean = {0.4914, 0.4822, 0.4465, 0.5};
  const std::vector<double> std = {0.2023, 0.1994, 0.2010, 0.25};
  const auto image = picture(shape, 3);
  std::vector<float> out(image.size(), -99.0F);
  transform_image(image.data(), shape, at, PixelTable(shape.channels, mean, std), out.data());
  EXPECT_EQ(out, slow_transform(image, shape, at, mean, std))
      << "dy " << at.dy << " dx " << at.dx << " mirrored " << at.mirrored;
}

TEST(TransformImage, EqualsTheSlowDefinitionForEveryOffset) {
  for (std::int32_t dy = -4; dy <= 4; ++dy) {
    for (std::int32_t dx = -4; dx <= 4; ++dx) {
      for (const bool mirrored : {false, true}) {
        for (const bool reflected : {false, true}) {
          expect_equal_to_slow({3, 7, 6}, {dy, dx, mirrored, reflected});
        }
      }
    }
  }
}

TEST(TransformImage, WorksForOneAndForFourChannels) {
  expect_equal_to_slow({1, 5, 9}, {2, -3, true});
  expect_equal_to_slow({4, 5, 9}, {-1, 3, true});
  expect_equal_to_slow({1, 5, 9}, {2, -3, true, true});
}

TEST(TransformImage, GivesBlackWhereTheCropMissesTheImage) {
  for (const std::int32_t offset : {-9, -6, 6, 9}) {
    expect_equal_to_slow({3, 6, 6}, {0, offset, false});
    expect_equal_to_slow({3, 6, 6}, {0, offset, true});
    expect_equal_to_slow({3, 6, 6}, {offset, 0, false});
  }
}

TEST(TransformImage, ReflectsFurtherThanTheImageIsWide) {
  for (const std::int32_t offset : {-20, -6, -5, 5, 6, 20}) {
    expect_equal_to_slow({3, 6, 6}, {offset, -offset, false, true});
    expect_equal_to_slow({3, 6, 6}, {0, offset, true, true});
    expect_equal_to_slow({3, 1, 1}, {offset, offset, false, true});
  }
}

// The padding of torch.nn.functional.pad(mode = "reflect"): the outermost pixel is not repeated.
TEST(TransformImage, ReflectsWithoutRepeatingTheBorder) {
  const std::vector<std::uint8_t> image = {0, 51, 255};
  std::vector<float> out(3);
  transform_image(image.data(), {1, 1, 3}, {0, -2, false, true}, PixelTable(1, {}, {}), out.data());
  EXPECT_EQ(out, (std::vector<float>{1.0F, 0.2F, 0.0F}));
  transform_image(image.data(), {1, 1, 3}, {0, 2, false, true}, PixelTable(1, {}, {}), out.data());
  EXPECT_EQ(out, (std::vector<float>{1.0F, 0.2F, 0.0F}));
}

TEST(TransformImage, MirrorsLeftToRight) {
  const std::vector<std::uint8_t> image = {0, 51, 255};
  std::vector<float> out(3);
  transform_image(image.data(), {1, 1, 3}, {0, 0, true}, PixelTable(1, {}, {}), out.data());
  EXPECT_EQ(out, (std::vector<float>{1.0F, 0.2F, 0.0F}));
}

// Golden numbers: an independent Python implementation of Philox4x32-10 and of the multiply-shift.
TEST(DrawPlacement, IsPinned) {
  const struct {
    std::uint64_t seed;
    std::uint32_t epoch;
    std::uint64_t image;
    Placement wanted;
  } cases[] = {
      {1, 1, 0, {-4, 1, true}},
      {1, 1, 1, {1, 1, true}},
      {1, 2, 0, {-4, 2, false}},
      {7, 3, 44999, {2, -1, true}},
      {0x123456789abcdef0ULL, 30, 12345, {1, 2, false}},
  };
  for (const auto& c : cases) {
    const Placement at = draw_placement(c.seed, c.epoch, c.image, {4, true});
    EXPECT_EQ(at.dy, c.wanted.dy);
    EXPECT_EQ(at.dx, c.wanted.dx);
    EXPECT_EQ(at.mirrored, c.wanted.mirrored);
  }
}

TEST(DrawPlacement, KeepsTheCropWhenFlipIsSwitchedOff) {
  const Placement with = draw_placement(1, 1, 0, {4, true});
  const Placement without = draw_placement(1, 1, 0, {4, false});
  EXPECT_TRUE(with.mirrored);
  EXPECT_FALSE(without.mirrored);
  EXPECT_EQ(with.dy, without.dy);
  EXPECT_EQ(with.dx, without.dx);
}

TEST(DrawPlacement, ByTurnsShowsTheOtherSideInEveryEpoch) {
  const PlacementRule turns{4, true, true}, coin{4, true};
  int mirrored = 0;
  constexpr int kImages = 2000;
  for (std::uint64_t image = 0; image < kImages; ++image) {
    const bool first = draw_placement(3, 1, image, turns).mirrored;
    EXPECT_EQ(first, draw_placement(3, 1, image, coin).mirrored) << "the first coin is the same";
    mirrored += first ? 1 : 0;
    for (std::uint32_t epoch = 2; epoch <= 5; ++epoch) {
      const Placement at = draw_placement(3, epoch, image, turns);
      ASSERT_EQ(at.mirrored, first == (epoch % 2 == 1)) << image << " in " << epoch;
      EXPECT_EQ(at.dx, draw_placement(3, epoch, image, coin).dx) << "crops stay where they are";
    }
  }
  EXPECT_NEAR(mirrored, kImages / 2, 112);  // five standard deviations
}

TEST(DrawPlacement, ByTurnsWithoutFlipMirrorsNothing) {
  for (std::uint32_t epoch = 1; epoch <= 4; ++epoch) {
    EXPECT_FALSE(draw_placement(3, epoch, 7, {4, false, true}).mirrored);
  }
}

TEST(DrawPlacement, CoversAllOffsetsEvenly) {
  int rows[9] = {}, columns[9] = {}, mirrored = 0;
  constexpr int kImages = 9000;
  for (int i = 0; i < kImages; ++i) {
    const Placement at = draw_placement(11, 1, static_cast<std::uint64_t>(i), {4, true});
    ASSERT_LE(std::abs(at.dy), 4);
    ASSERT_LE(std::abs(at.dx), 4);
    ++rows[at.dy + 4];
    ++columns[at.dx + 4];
    mirrored += at.mirrored ? 1 : 0;
  }
  // Five standard deviations of a binomial around 1000, and around 4500.
  for (int i = 0; i < 9; ++i) {
    EXPECT_NEAR(rows[i], 1000, 150);
    EXPECT_NEAR(columns[i], 1000, 150);
  }
  EXPECT_NEAR(mirrored, 4500, 240);
}

}  // namespace
}  // namespace gradus::worker
