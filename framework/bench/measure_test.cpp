#include "framework/bench/measure.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "framework/bench/machine.hpp"

namespace gradus::bench {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Ge;
using ::testing::HasSubstr;
using ::testing::Le;

TEST(Summarise, TakesTheMiddleWhateverTheOrder) {
  EXPECT_EQ(summarise({5}).median, 5);
  EXPECT_EQ(summarise({9, 1, 5}).median, 5);
  EXPECT_EQ(summarise({9, 1, 5, 3}).median, 4);
  EXPECT_EQ(summarise({9, 1, 5}).min, 1);
  EXPECT_EQ(summarise({9, 1, 5}).max, 9);
}

/// Ranks and coverages from the table of the sign test.
TEST(IntervalOfMedian, IsAsNarrowAsNinetyFivePerCentAllow) {
  const auto of = [](int count) {
    std::vector<double> values;
    for (int i = count; i > 0; --i) values.push_back(i);
    return interval_of_median(values);
  };
  struct Case {
    int count;
    double low, high, coverage;
  };
  for (const Case& one : std::vector<Case>{{1, 1, 1, 0},
                                           {2, 1, 2, 0.5},
                                           {3, 1, 3, 0.75},
                                           {5, 1, 5, 0.9375},
                                           {6, 1, 6, 0.96875},
                                           {8, 1, 8, 0.9921875},
                                           {9, 2, 8, 0.9609375},
                                           {12, 3, 10, 0.96142578125},
                                           {20, 6, 15, 0.95861053466796875}}) {
    const Interval interval = of(one.count);
    EXPECT_EQ(interval.low, one.low) << one.count;
    EXPECT_EQ(interval.high, one.high) << one.count;
    EXPECT_NEAR(interval.coverage, one.coverage, 1e-9) << one.count;
  }
  EXPECT_NEAR(of(5000).coverage, 0.95, 0.005) << "2^-5000 is no number of ours";
}

TEST(IntervalOfMedian, StandsInTableAndJsonBesideTheRange) {
  EXPECT_EQ(with_range({3, 1, 2}), "2.00 (1.00-3.00)");
  EXPECT_EQ(with_range({90, 10, 20, 30, 40, 50, 60, 70, 80}), "50.0 (10.0-90.0) [20.0-80.0]");
  EXPECT_EQ(worth_of(3), "the range of 3 values holds the true median at 75 %");
  EXPECT_EQ(worth_of(9), "the [interval] of 9 values holds the true median at 96 %");
  const Json json = json_of({9, 1, 2, 3, 4, 5, 6, 7, 8});
  EXPECT_EQ(json["median"], 5);
  EXPECT_EQ(json["max"], 9);
  EXPECT_EQ(json["interval"]["low"], 2);
  EXPECT_EQ(json["interval"]["high"], 8);
  EXPECT_NEAR(json["interval"]["coverage"].get<double>(), 0.961, 0.001);
  EXPECT_EQ(json["values"].size(), 9U);
}

TEST(Row, ComparesPairByPair) {
  Row row{"x", "s", {"ours", {1, 2, 4}}, Sample{"other", {4, 4, 4}}, "ratio", "", ""};
  EXPECT_THAT(row.compared(), ElementsAre(4, 2, 1));
  row.compare = "difference";
  EXPECT_THAT(row.compared(), ElementsAre(-3, -2, 0));
  row.other.reset();
  EXPECT_THAT(row.compared(), ElementsAre());
}

TEST(Alternate, MeasuresInTurnAndThrowsTheWarmUpAway) {
  std::string order;
  double next = 0;
  Sample a, b;
  const auto step = [&](char name) {
    return [&order, &next, name]() -> Result<double> {
      order += name;
      return next++;
    };
  };
  ASSERT_TRUE(alternate(2, true, step('a'), step('b'), a, b).ok());
  EXPECT_EQ(order, "ababab");
  EXPECT_THAT(a.values, ElementsAre(2, 4));
  EXPECT_THAT(b.values, ElementsAre(3, 5));
}

TEST(Alternate, StopsAtTheFirstError) {
  Sample a, b;
  const auto fails = []() -> Result<double> { return infrastructure_error("here", "broken"); };
  const auto works = []() -> Result<double> { return 1.0; };
  EXPECT_FALSE(alternate(2, false, works, fails, a, b).ok());
  EXPECT_FALSE(repeat(2, true, fails, a).ok());
  EXPECT_THAT(a.values, ElementsAre());
}

TEST(Take, SaysWhatTheHostWithheldMeanwhile) {
  Sample sample;
  ASSERT_TRUE(take([]() -> Result<double> { return 3.0; }, sample).ok());
  EXPECT_THAT(sample.values, ElementsAre(3));
  EXPECT_THAT(sample.withheld, ElementsAre(AllOf(Ge(0), Le(1))));
}

TEST(ProcessorTime, IsReadFromTheKernelsLine) {
  const auto before = ProcessorTime::of("cpu  100 20 30 800 10 1 4 35 7 7");
  EXPECT_EQ(before.all, 1000) << "time of guests is in the first two already";
  EXPECT_EQ(before.withheld, 35);
  const auto after = ProcessorTime::of("cpu  140 20 30 820 10 1 4 75 7 7");
  EXPECT_DOUBLE_EQ(Withheld::between(before, after), 0.4);
  EXPECT_EQ(Withheld::between(after, after), 0);
  EXPECT_EQ(ProcessorTime::of("cpu 1 2 3").withheld, 0);
  EXPECT_EQ(ProcessorTime::of("").all, 0);
  EXPECT_EQ(ProcessorTime::of("intr 5").all, 0);
  EXPECT_GT(ProcessorTime::now().all, 0);
}

TEST(WallMs, QuotesAChildThatFails) {
  Command command;
  command.argv = {"sh", "-c", "echo out of cheese >&2; exit 7"};
  const auto failed = wall_ms(command);
  ASSERT_FALSE(failed.ok());
  EXPECT_THAT(failed.error().what, HasSubstr("exit code 7: out of cheese"));
  EXPECT_TRUE(wall_ms(command, {0, 7}).ok());
}

}  // namespace
}  // namespace gradus::bench
