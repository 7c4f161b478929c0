#include <gtest/gtest.h>

#include <cstdint>
#include <gradus/random.hpp>
#include <set>

namespace gradus {
namespace {

TEST(Random, EqualKeysGiveEqualNumbers) {
  Random first(7, 3, 41), second(7, 3, 41);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(first.bits(), second.bits());
}

TEST(Random, SeedEpochAndItemEachChangeTheStream) {
  std::set<std::uint32_t> words;
  words.insert(Random(1, 1, 1).bits());
  words.insert(Random(2, 1, 1).bits());
  words.insert(Random(1, 2, 1).bits());
  words.insert(Random(1, 1, 2).bits());
  words.insert(Random(std::uint64_t{1} << 32 | 1, 1, 1).bits());
  EXPECT_EQ(words.size(), 5U);
}

TEST(Random, StaysInItsBoundsAndReachesThem) {
  Random random(0, 0, 0);
  std::set<int> seen;
  for (int i = 0; i < 2000; ++i) {
    const int value = random.between(-4, 4);
    ASSERT_GE(value, -4);
    ASSERT_LE(value, 4);
    seen.insert(value);
    const double real = random.uniform(2, 3);
    ASSERT_GE(real, 2);
    ASSERT_LT(real, 3);
  }
  EXPECT_EQ(seen.size(), 9U);
  EXPECT_EQ(random.between(5, 5), 5);
  EXPECT_EQ(random.between(5, 4), 5);
  EXPECT_EQ(random.below(0), 0U);
}

TEST(Random, HasTheMomentsOfItsDistributions) {
  Random random(11, 0, 0);
  const int n = 40000;
  double sum = 0, square = 0;
  int heads = 0;
  for (int i = 0; i < n; ++i) {
    const double value = random.normal();
    sum += value;
    square += value * value;
    heads += random.coin(0.3) ? 1 : 0;
  }
  // Five standard errors of each estimate.
  EXPECT_NEAR(sum / n, 0, 0.025);
  EXPECT_NEAR(square / n, 1, 0.036);
  EXPECT_NEAR(heads / double{n}, 0.3, 0.0115);
}

}  // namespace
}  // namespace gradus
