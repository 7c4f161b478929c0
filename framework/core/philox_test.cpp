#include "framework/core/philox.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace gradus {
namespace {

// Known answers of the Random123 distribution (kat_vectors, philox4x32 10).
TEST(Philox, AgreesWithThePublishedVectors) {
  using Words = std::array<std::uint32_t, 4>;
  EXPECT_EQ(philox({0, 0, 0, 0}, {0, 0}), (Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  constexpr std::uint32_t kOnes = 0xffffffff;
  EXPECT_EQ(philox({kOnes, kOnes, kOnes, kOnes}, {kOnes, kOnes}),
            (Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(Philox, PurposesEpochsAndItemsAreStreamsOfTheirOwn) {
  std::set<std::array<std::uint32_t, 4>> seen;
  for (const Purpose purpose : {Purpose::shuffle, Purpose::augment}) {
    for (std::uint32_t epoch = 0; epoch < 10; ++epoch) {
      for (std::uint64_t item = 0; item < 10; ++item) seen.insert(philox(7, purpose, epoch, item));
    }
  }
  EXPECT_EQ(seen.size(), 200U);
}

TEST(Philox, PermutationHoldsEveryNumberOnceAndDependsOnSeedAndEpoch) {
  const auto order = permutation(1, Purpose::shuffle, 3, 1000);
  EXPECT_NE(order, permutation(1, Purpose::shuffle, 4, 1000));
  EXPECT_NE(order, permutation(2, Purpose::shuffle, 3, 1000));
  EXPECT_EQ(order, permutation(1, Purpose::shuffle, 3, 1000));
  auto sorted = order;
  std::sort(sorted.begin(), sorted.end());
  for (std::uint32_t i = 0; i < 1000; ++i) ASSERT_EQ(sorted[i], i);
  EXPECT_NE(order, sorted);
}

TEST(Philox, BoundedStaysBelowItsBoundAndReachesBothEnds) {
  EXPECT_EQ(bounded(0, 9), 0U);
  EXPECT_EQ(bounded(0xffffffff, 9), 8U);
}

}  // namespace
}  // namespace gradus
