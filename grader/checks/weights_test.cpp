#include <gmock/gmock.h>

#include "grader/testing.hpp"

namespace gradus::grader {
namespace {

using ::testing::HasSubstr;
using testing::diverged;
using testing::Runs;
using testing::spread;
using testing::trained;
using Verdict = CheckResult::Verdict;

Evidence network() {
  Evidence evidence = trained(0.6);
  evidence.tensors = {{"features.0.weight", "parameter", "float32", {8, 3, 5, 5}, 600},
                      {"features.0.bias", "parameter", "float32", {8}, 8},
                      {"fc1.weight", "parameter", "float32", {120, 576}, 69'120},
                      {"fc2.weight", "parameter", "float32", {84, 120}, 10'080}};
  return evidence;
}

std::vector<Histogram> shares(double conv, double first, double second) {
  return {spread("features.0.weight", conv), spread("fc1.weight", first),
          spread("fc2.weight", second)};
}

/// An arm with l1 and one without, as the lab on penalties has them.
Runs penalties(double with_l1, double with_l2) {
  return Runs()
      .add({{"l1", 1e-3}}, network())
      .weights(shares(0.03, with_l1, 0.9))
      .add({{"l1", 0.0}}, network())
      .weights(shares(0.003, with_l2, 0.01));
}

const Json kL1 = {{"l1", 1e-3}}, kL2 = {{"l1", 0.0}};

TEST(WeightsCheck, CountsLayersOrTakesAName) {
  const Runs runs = Runs().add(network()).weights(shares(0.2, 0.885, 0.5));
  EXPECT_EQ(runs.ask("weights", {{"at_least", 0.7}}).verdict, Verdict::pass);
  EXPECT_EQ(runs.ask("weights", {{"layer", "linear:2"}, {"at_least", 0.7}}).verdict, Verdict::fail);
  EXPECT_EQ(runs.ask("weights", {{"layer", "conv:1"}, {"at_most", 0.3}}).verdict, Verdict::pass);
  EXPECT_EQ(runs.ask("weights", {{"layer", "fc2.weight"}, {"at_most", 0.5}}).verdict,
            Verdict::pass);
  const CheckResult none = runs.ask("weights", {{"layer", "linear:3"}, {"at_least", 0.1}});
  EXPECT_EQ(none.verdict, Verdict::fail);
  EXPECT_EQ(none.found, "no such layer");
  EXPECT_THAT(none.reason, HasSubstr("linear layer 3"));
  EXPECT_THAT(none.reason, HasSubstr("fc2.weight"));
}

TEST(WeightsCheck, HoldsOneArmAgainstAnother) {
  const Json wanted = {{"arm", kL1}, {"at_least", 0.7}, {"times", 10}, {"than", kL2}};
  const CheckResult pass = penalties(0.885, 0.026).ask("weights", wanted);
  EXPECT_EQ(pass.verdict, Verdict::pass) << pass.reason;
  EXPECT_THAT(pass.reason, HasSubstr("34 times"));
  EXPECT_EQ(penalties(0.6, 0.026).ask("weights", wanted).verdict, Verdict::fail);
  const CheckResult close = penalties(0.885, 0.2).ask("weights", wanted);
  EXPECT_EQ(close.verdict, Verdict::fail);
  EXPECT_EQ(close.found, "88.5 % near zero against 20 %");
  EXPECT_EQ(penalties(0.0, 0.0).ask("weights", {{"arm", kL1}, {"times", 10}, {"than", kL2}}).verdict,
            Verdict::fail);
}

TEST(WeightsCheck, NothingToLookAtFails) {
  const Json wanted = {{"at_least", 0.1}};
  EXPECT_EQ(Runs().add(network()).ask("weights", wanted).verdict, Verdict::fail);
  const CheckResult lost = Runs().add(diverged()).weights(shares(1, 1, 1)).ask("weights", wanted);
  EXPECT_EQ(lost.verdict, Verdict::fail);
  EXPECT_EQ(lost.found, "diverged");
}

}  // namespace
}  // namespace gradus::grader
