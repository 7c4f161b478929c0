#include <gtest/gtest.h>

#include "datasets/catalog/catalog.hpp"

// Needs CIFAR-10 in GRADUS_HOME: label "data". './gradus test' gets it first.
namespace gradus::datasets {
namespace {

class RealCifar10 : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto paths = find_paths();
    ASSERT_TRUE(paths.ok()) << paths.error().text();
    paths_ = *paths;
    auto dataset = Dataset::open(paths_, "cifar10");
    ASSERT_TRUE(dataset.ok()) << dataset.error().text();
    info_ = dataset->info();
    train_ = dataset->published_train();
    test_ = dataset->published_test();
  }
  void expect(const SplitFiles& files, std::int64_t a_class, const std::vector<double>& mean,
              const std::vector<double>& std) {
    const auto found = statistics(files, info_);
    ASSERT_TRUE(found.ok()) << found.error().text();
    EXPECT_EQ(found->count, 10 * a_class);
    EXPECT_EQ(found->per_class, std::vector<std::int64_t>(10, a_class));
    for (std::size_t c = 0; c < 3; ++c) {
      EXPECT_NEAR(found->mean[c], mean[c], 5e-6) << c;
      EXPECT_NEAR(found->std[c], std[c], 5e-6) << c;
    }
  }
  Paths paths_;
  DatasetInfo info_;
  SplitFiles train_, test_;
};

// The published figures of the two sets, to their five digits.
TEST_F(RealCifar10, HasThePublishedStatistics) {
  expect(train_, 5000, {.49140, .48216, .44653}, {.24703, .24349, .26159});
  expect(test_, 1000, {.49421, .48513, .45041}, {.24665, .24289, .26159});
}

TEST_F(RealCifar10, HasTheHashesOfTheCatalogue) {
  const Status status = verify(paths_, "cifar10", [](const std::string&) {});
  EXPECT_TRUE(status.ok()) << status.error().text();
  EXPECT_EQ(info_.hash.size(), 64U);
}

}  // namespace
}  // namespace gradus::datasets
