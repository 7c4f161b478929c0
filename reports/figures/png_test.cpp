#include "reports/figures/png.hpp"

#include <gtest/gtest.h>
#include <png.h>

#include <vector>

namespace gradus::reports {
namespace {

TEST(Png, DecodesToTheSamePixels) {
  std::vector<std::uint8_t> pixels;
  for (int i = 0; i < 5 * 4 * 3; ++i) pixels.push_back(static_cast<std::uint8_t>(i * 4));
  const auto file = encode_png(pixels, 5, 4, 3);
  ASSERT_TRUE(file.ok()) << file.error().text();
  png_image image = {};
  image.version = PNG_IMAGE_VERSION;
  ASSERT_NE(png_image_begin_read_from_memory(&image, file->data(), file->size()), 0);
  EXPECT_EQ(image.width, 4U);
  EXPECT_EQ(image.height, 5U);
  image.format = PNG_FORMAT_RGB;
  std::vector<std::uint8_t> back(PNG_IMAGE_SIZE(image));
  ASSERT_NE(png_image_finish_read(&image, nullptr, back.data(), 0, nullptr), 0);
  EXPECT_EQ(back, pixels);
}

TEST(Png, SizeMustMatchTheShape) {
  const std::vector<std::uint8_t> pixels(10);
  EXPECT_FALSE(encode_png(pixels, 2, 2, 3).ok());
  EXPECT_FALSE(encode_png({}, 0, 4, 1).ok());
  EXPECT_FALSE(encode_png(pixels, 5, 1, 2).ok());
}

// RFC 4648, section 10.
TEST(Base64, TestVectors) {
  const std::pair<const char*, const char*> vectors[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, text] : vectors) EXPECT_EQ(base64(plain), text);
}

}  // namespace
}  // namespace gradus::reports
