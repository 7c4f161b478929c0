#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "datasets/catalog/catalog.hpp"
#include "datasets/catalog/png.hpp"
#include "datasets/testing/synthetic.hpp"

namespace gradus::datasets {
namespace {

// Tiny pictures are 8 x 8, drawn 8 times as large with 4 pixels between: 10 across, 4 classes down.
constexpr std::int64_t kWidth = 10 * 68 + 4, kHeight = 4 * 68 + 4;

TEST(Mosaic, ShowsTenOfEachClassInARow) {
  const testing::TemporaryHome home;
  const Dataset dataset = testing::make_tiny(home.paths());
  const auto path = home.paths().home / "mosaic.png";
  ASSERT_TRUE(write_mosaic(dataset, path).ok());
  const auto pixels = decode_png(*read_file(path), kWidth, kHeight, 3, "mosaic");
  ASSERT_TRUE(pixels.ok()) << pixels.error().text();
  const auto images = MappedFile::open(dataset.published_train().images);
  for (std::size_t row = 0; row < 4; ++row) {
    for (std::size_t column = 0; column < 10; ++column) {
      // The label of image i is i % 4, so this place shows image 4 * column + row.
      const std::size_t at = ((4 + row * 68) * kWidth + 4 + column * 68) * 3;
      const std::size_t image = (4 * column + row) * 192;
      EXPECT_EQ((*pixels)[at + 2], images->bytes()[image + 2]) << row << " " << column;
      EXPECT_EQ((*pixels)[at + 3 * 8], images->bytes()[image + 3]) << "next pixel, 8 further right";
    }
  }
  EXPECT_EQ((*pixels)[0], 255);  // the margin
}

TEST(Mosaic, EqualDataGivesEqualBytes) {
  const testing::TemporaryHome home;
  const Dataset dataset = testing::make_tiny(home.paths());
  ASSERT_TRUE(write_mosaic(dataset, home.paths().home / "a.png").ok());
  ASSERT_TRUE(write_mosaic(dataset, home.paths().home / "b.png").ok());
  EXPECT_EQ(*read_file(home.paths().home / "a.png"), *read_file(home.paths().home / "b.png"));
}

TEST(Mosaic, ClassesWithFewPicturesLeaveWhiteGaps) {
  const testing::TemporaryHome home;
  const auto path = home.paths().home / "mosaic.png";
  ASSERT_TRUE(write_mosaic(testing::make_tiny(home.paths(), 8, 0), path).ok());
  const auto pixels = decode_png(*read_file(path), kWidth, kHeight, 3, "mosaic");
  ASSERT_TRUE(pixels.ok());
  EXPECT_EQ((*pixels)[(8 * kWidth + 4 + 2 * 68) * 3], 255);
}

TEST(Mosaic, SaysWhereItCannotWrite) {
  const testing::TemporaryHome home;
  const Status status =
      write_mosaic(testing::make_tiny(home.paths()), home.paths().home / "missing" / "m.png");
  ASSERT_FALSE(status.ok());
  EXPECT_THAT(status.error().text(), ::testing::HasSubstr("missing"));
}

}  // namespace
}  // namespace gradus::datasets
