#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "datasets/catalog/catalog.hpp"
#include "datasets/testing/synthetic.hpp"

namespace gradus::datasets {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Statistics, MeanAndDeviationByHand) {
  const testing::TemporaryHome home;
  const SplitFiles files{home.paths().home / "i", home.paths().home / "l", 2};
  const DatasetInfo info{"two", "Two", 2, 1, 1, {"a", "b", "c"}, 2, 0, ""};
  // Channel 0: 0 and 255. Channel 1: 51 and 51.
  ASSERT_TRUE(write_file(files.images, std::string("\x00\x33\xff\x33", 4)).ok());
  ASSERT_TRUE(write_file(files.labels, std::string("\x00\x02", 2)).ok());
  const auto found = statistics(files, info);
  ASSERT_TRUE(found.ok()) << found.error().text();
  EXPECT_EQ(found->count, 2);
  EXPECT_THAT(found->per_class, ElementsAre(1, 0, 1));
  EXPECT_THAT(found->mean, ElementsAre(0.5, 0.2));
  EXPECT_THAT(found->std, ElementsAre(0.5, 0.0));
}

TEST(Statistics, AgreesWithATwoPassComputation) {
  const testing::TemporaryHome home;
  const Dataset dataset = testing::make_tiny(home.paths());
  const auto found = statistics(dataset.published_test(), dataset.info());
  ASSERT_TRUE(found.ok());
  const auto images = MappedFile::open(dataset.published_test().images);
  double mean = 0, square = 0;
  const std::size_t pixels = images->bytes().size() / 3;
  for (std::size_t i = 0; i < pixels; ++i) mean += images->bytes()[3 * i + 1] / 255.0;
  mean /= static_cast<double>(pixels);
  for (std::size_t i = 0; i < pixels; ++i) {
    const double off = images->bytes()[3 * i + 1] / 255.0 - mean;
    square += off * off;
  }
  EXPECT_NEAR(found->mean[1], mean, 1e-12);
  EXPECT_NEAR(found->std[1], std::sqrt(square / static_cast<double>(pixels)), 1e-12);
  EXPECT_THAT(found->per_class, ElementsAre(25, 25, 25, 25));
}

TEST(Statistics, RefusesFilesThatDoNotFit) {
  const testing::TemporaryHome home;
  const Dataset dataset = testing::make_tiny(home.paths());
  SplitFiles files = dataset.published_test();
  files.count += 1;
  EXPECT_THAT(statistics(files, dataset.info()).error().what, HasSubstr("not the size of 101"));
  files.count -= 1;
  DatasetInfo info = dataset.info();
  info.classes.pop_back();
  EXPECT_THAT(statistics(files, info).error().what, HasSubstr("label 3 of 3 classes"));
}

}  // namespace
}  // namespace gradus::datasets
