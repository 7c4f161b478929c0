#include <gmock/gmock.h>

#include "grader/testing.hpp"

namespace gradus::grader {
namespace {

using ::testing::HasSubstr;
using testing::diverged;
using testing::failed;
using testing::Runs;
using testing::trained;
using Verdict = CheckResult::Verdict;

const Json kSwish = {{"with", "batch_norm"}, {"at_least", -0.02}};

TEST(CompareCheck, HoldsAFigureAgainstThatOfAnotherTask) {
  const Runs relu = Runs().add(trained(0.73));
  const CheckResult close = Runs().add(trained(0.715)).ask("compare", kSwish, relu);
  EXPECT_EQ(close.verdict, Verdict::pass) << close.reason;
  EXPECT_EQ(close.found, "-1.5 points");
  EXPECT_EQ(close.wanted, "at least -2 points against 'batch_norm'");
  const CheckResult worse = Runs().add(trained(0.70)).ask("compare", kSwish, relu);
  EXPECT_EQ(worse.verdict, Verdict::fail);
  EXPECT_THAT(worse.reason, HasSubstr("is 70.00 %, in task 'batch_norm' it is 73.00 %"));
  EXPECT_EQ(Runs().add(trained(0.80)).ask("compare", kSwish, relu).verdict, Verdict::pass);
}

TEST(CompareCheck, TheGapIsTrainingMinusValidationAtTheEnd) {
  const Json below = {{"of", "gap"}, {"with", "baseline"}, {"at_most", 0.0}};
  const Runs baseline = Runs().add(trained(0.65, 0.9, 0.62));
  EXPECT_EQ(Runs().add(trained(0.7, 0.75, 0.7)).ask("compare", below, baseline).verdict,
            Verdict::pass);
  const CheckResult wider = Runs().add(trained(0.7, 0.99, 0.6)).ask("compare", below, baseline);
  EXPECT_EQ(wider.verdict, Verdict::fail);
  EXPECT_EQ(wider.found, "+11 points");
}

TEST(CompareCheck, OfSeveralArmsTheHighestIsTheStandardAndEachIsHeldToIt) {
  const Runs sweep = Runs().rate(0.1, trained(0.60)).rate(0.01, trained(0.70)).rate(1, diverged());
  EXPECT_EQ(Runs().add(trained(0.69)).ask("compare", kSwish, sweep).verdict, Verdict::pass);
  EXPECT_EQ(Runs().add(trained(0.65)).ask("compare", kSwish, sweep).verdict, Verdict::fail);
  const Runs own = Runs().rate(0.1, trained(0.60)).rate(0.01, trained(0.70));
  EXPECT_EQ(own.ask("compare", kSwish, sweep).verdict, Verdict::fail);
  Json only = kSwish;
  only["arm"] = {{"optimizer.lr", 0.01}};
  EXPECT_EQ(own.ask("compare", only, sweep).verdict, Verdict::pass);
}

TEST(CompareCheck, WithoutAFigureBesideItNothingPasses) {
  const Runs own = Runs().add(trained(0.9));
  EXPECT_EQ(own.ask("compare", kSwish, Runs()).verdict, Verdict::fail);
  const CheckResult lost = own.ask("compare", kSwish, Runs().add(diverged()));
  EXPECT_EQ(lost.verdict, Verdict::fail);
  EXPECT_THAT(lost.reason, HasSubstr("diverged in epoch 2"));
  EXPECT_EQ(own.ask("compare", kSwish, Runs().add(failed(Fault::submission))).verdict,
            Verdict::fail);
  EXPECT_EQ(own.ask("compare", kSwish, Runs().add(failed(Fault::infrastructure))).verdict,
            Verdict::not_graded);
  EXPECT_EQ(Runs().add(diverged()).ask("compare", kSwish, own).verdict, Verdict::fail);
}

}  // namespace
}  // namespace gradus::grader
