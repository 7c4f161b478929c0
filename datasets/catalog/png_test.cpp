#include "datasets/catalog/png.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <png.h>

#include "datasets/testing/synthetic.hpp"

namespace gradus::datasets {
namespace {

using ::testing::HasSubstr;

/// A PNG of another format than ours.
std::string encode_as(png_uint_32 format, std::uint32_t width, std::uint32_t height) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = width;
  image.height = height;
  image.format = format;
  const std::vector<std::uint8_t> pixels(PNG_IMAGE_SIZE(image), 7);
  std::string png(PNG_IMAGE_PNG_SIZE_MAX(image), '\0');
  png_alloc_size_t size = png.size();
  EXPECT_NE(png_image_write_to_memory(&image, png.data(), &size, 0, pixels.data(), 0, nullptr), 0);
  png.resize(size);
  return png;
}

std::string error(const std::string& png, std::int64_t width = 5, std::int64_t height = 4) {
  const auto pixels = decode_png(png, width, height, 3, "it");
  EXPECT_FALSE(pixels.ok());
  return pixels.ok() ? "" : pixels.error().text();
}

TEST(Png, GivesBackThePixels) {
  for (const std::int64_t channels : {1, 3}) {
    const auto pixels = testing::noise(1, static_cast<std::size_t>(20 * channels));
    const auto png = encode_png(pixels, 5, 4, channels);
    ASSERT_TRUE(png.ok());
    const auto back = decode_png(*png, 5, 4, channels, "it");
    ASSERT_TRUE(back.ok()) << back.error().text();
    EXPECT_EQ(*back, pixels);
    EXPECT_EQ(*encode_png(pixels, 5, 4, channels), *png);
  }
}

TEST(Png, RefusesOtherSizesAndFormats) {
  const std::string png = *encode_png(testing::noise(1, 60), 5, 4, 3);
  EXPECT_THAT(error(png, 4, 5), HasSubstr("5 x 4 pixels, 8-bit RGB; wanted 4 x 5 pixels"));
  EXPECT_THAT(error(encode_as(PNG_FORMAT_RGBA, 5, 4)), HasSubstr("with alpha"));
  EXPECT_THAT(error(encode_as(PNG_FORMAT_GRAY, 5, 4)), HasSubstr("8-bit grey; wanted"));
  EXPECT_THAT(error(encode_as(PNG_FORMAT_LINEAR_RGB | PNG_FORMAT_FLAG_LINEAR, 5, 4)),
              HasSubstr("16-bit"));
}

TEST(Png, RefusesBrokenPictures) {
  EXPECT_THAT(error(""), HasSubstr("not a PNG"));
  EXPECT_THAT(error("garbage that is longer than a header of a PNG"), HasSubstr("not a PNG"));
  const std::string png = *encode_png(testing::noise(1, 60), 5, 4, 3);
  for (std::size_t size = 8; size + 12 < png.size(); ++size) {  // the last 12 bytes say: the end
    EXPECT_THAT(error(png.substr(0, size)), HasSubstr("PNG")) << size;
  }
  std::string damaged = png;
  damaged[png.size() - 20] = static_cast<char>(damaged[png.size() - 20] ^ 0x55);
  EXPECT_THAT(error(damaged), HasSubstr("broken PNG"));
}

TEST(Png, RefusesToDrawWhatHasAnotherSize) {
  const auto pixels = testing::noise(1, 60);
  EXPECT_FALSE(encode_png(pixels, 5, 5, 3).ok());
  EXPECT_FALSE(encode_png(pixels, 0, 4, 3).ok());
  EXPECT_FALSE(encode_png(pixels, 5, 6, 2).ok());
}

}  // namespace
}  // namespace gradus::datasets
