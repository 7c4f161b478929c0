#include "framework/worker/input/area.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <tuple>
#include <vector>

namespace gradus::worker {
namespace {

std::vector<float> noise(const ImageShape& shape) {
  std::vector<float> values(static_cast<std::size_t>(shape.size()));
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = static_cast<float>(philox(9, Purpose::probe, 0, i)[0]) / 4294967296.0F;
  }
  return values;
}

std::vector<float> resized(const std::vector<float>& image, const ImageShape& shape,
                           std::int64_t height, std::int64_t width) {
  AreaResize resize(shape, height, width);
  std::vector<float> out(static_cast<std::size_t>(resize.to().size()), -99.0F);
  resize.apply(image.data(), out.data());
  return out;
}

/// How much of [a, b) lies within [c, d).
double overlap(double a, double b, double c, double d) {
  return std::max(0.0, std::min(b, d) - std::max(a, c));
}

/// The definition: the integral over a new pixel's area of an image that is constant in each old
/// one, divided by the area.
std::vector<double> slow_resize(const std::vector<float>& image, const ImageShape& from,
                                std::int64_t height, std::int64_t width) {
  const double tall = static_cast<double>(from.height) / static_cast<double>(height);
  const double wide = static_cast<double>(from.width) / static_cast<double>(width);
  std::vector<double> out;
  for (std::int64_t y = 0; y < height; ++y) {
    for (std::int64_t x = 0; x < width; ++x) {
      for (std::int64_t c = 0; c < from.channels; ++c) {
        double sum = 0;
        for (std::int64_t v = 0; v < from.height; ++v) {
          for (std::int64_t u = 0; u < from.width; ++u) {
            const auto at = [](std::int64_t i) { return static_cast<double>(i); };
            sum += overlap(at(y) * tall, at(y + 1) * tall, at(v), at(v + 1)) *
                   overlap(at(x) * wide, at(x + 1) * wide, at(u), at(u + 1)) *
                   image[static_cast<std::size_t>((v * from.width + u) * from.channels + c)];
          }
        }
        out.push_back(sum / (tall * wide));
      }
    }
  }
  return out;
}

TEST(AreaResize, EqualsTheMeanOverEachArea) {
  for (const auto& [shape, height, width] :
       std::vector<std::tuple<ImageShape, std::int64_t, std::int64_t>>{{{3, 32, 32}, 24, 24},
                                                                       {{3, 32, 32}, 28, 28},
                                                                       {{1, 28, 28}, 17, 17},
                                                                       {{3, 9, 12}, 6, 8},
                                                                       {{2, 7, 5}, 1, 1}}) {
    const std::vector<float> image = noise(shape);
    const auto found = resized(image, shape, height, width);
    const auto wanted = slow_resize(image, shape, height, width);
    ASSERT_EQ(found.size(), wanted.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
      ASSERT_NEAR(found[i], wanted[i], 1e-6) << shape.height << " to " << height << " at " << i;
    }
  }
}

// By hand: 4 to 3 pixels, each new one covers 4/3 of old ones.
TEST(AreaResize, WeighsTheBordersByTheirShare) {
  const std::vector<float> found = resized({3, 6, 12, 24}, {1, 1, 4}, 1, 3);
  EXPECT_FLOAT_EQ(found[0], (3 + 6.0F / 3) / (4.0F / 3));
  EXPECT_FLOAT_EQ(found[1], (6 * 2.0F / 3 + 12 * 2.0F / 3) / (4.0F / 3));
  EXPECT_FLOAT_EQ(found[2], (12.0F / 3 + 24) / (4.0F / 3));
}

TEST(AreaResize, HalvesByTheMeanOfFour) {
  EXPECT_EQ(resized({1, 2, 3, 6}, {1, 2, 2}, 1, 1), (std::vector<float>{3}));
}

TEST(AreaResize, KeepsTheImageAtItsOwnSizeAndTheMeanAtAny) {
  const ImageShape shape{3, 32, 32};
  const std::vector<float> image = noise(shape);
  EXPECT_EQ(resized(image, shape, 32, 32), image);
  const auto mean = [](const std::vector<float>& values) {
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
  };
  for (const std::int64_t size : {31, 24, 7}) {
    EXPECT_NEAR(mean(resized(image, shape, size, size)), mean(image), 1e-6) << size;
  }
}

}  // namespace
}  // namespace gradus::worker
