#include "grader/stop_arms/decide.hpp"

#include <gmock/gmock.h>

#include "grader/testing.hpp"

namespace gradus::grader {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Figures = std::vector<std::optional<double>>;
constexpr auto kNone = std::nullopt;

lab::StopArms halving(double keep) { return {"successive_halving", {3}, keep}; }
lab::StopArms median() { return {"median", {3}, 0}; }

std::vector<bool> going(const lab::StopArms& stop, const Figures& figures) {
  std::vector<bool> going;
  for (const ArmDecision& one : decide(stop, figures)) going.push_back(one.goes_on);
  return going;
}

TEST(DecideHalving, KeepsTheBestShareRoundedDown) {
  EXPECT_THAT(going(halving(0.34), {.1, .8, .3, .7, .2, .6, .5, .4}),
              ElementsAre(false, true, false, true, false, false, false, false));
  EXPECT_THAT(going(halving(0.3), {.1, .2, .3, .4, .5, .6, .7, .8, .9, .95}),
              ElementsAre(false, false, false, false, false, false, false, true, true, true))
      << "0.3 of ten are three";
  EXPECT_THAT(going(halving(0.1), {.1, .3, .2}), ElementsAre(false, true, false)) << "one at least";
}

TEST(DecideHalving, SaysWhichPlaceAnArmHad) {
  const auto decisions = decide(halving(0.34), {.1, .8, .3, .7, .2, .6, .5, .4});
  EXPECT_EQ(decisions[6].why, "halving: 4th of 8, best two go on");
  EXPECT_EQ(decisions[0].why, "halving: 8th of 8, best two go on");
  EXPECT_EQ(decisions[1].why, "");
  EXPECT_EQ(decisions[1].place, 1U);
  EXPECT_EQ(decide(halving(0.1), {.1, .3, .2})[2].why, "halving: 2nd of 3, best one goes on");
}

TEST(DecideHalving, OnTiesTheLabsOrderDecides) {
  EXPECT_THAT(going(halving(0.5), {.4, .4, .4, .4}), ElementsAre(true, true, false, false));
  EXPECT_THAT(going(halving(0.5), {.3, .4, .4, .5}), ElementsAre(false, true, false, true));
}

TEST(DecideHalving, RoundingOfAMeanDecidesNothing) {
  const double mean = (.1 + .2) / 2;  // not the number nearest .15
  ASSERT_NE(mean, .15);
  EXPECT_THAT(going(halving(0.5), {.15, mean}), ElementsAre(true, false));
  EXPECT_THAT(going(halving(0.5), {mean, .15}), ElementsAre(true, false));
  EXPECT_THAT(going(median(), {.15, mean, .15}), ElementsAre(true, true, true));
}

TEST(DecideHalving, AnArmWithoutAFigureGoesFirst) {
  EXPECT_THAT(going(halving(0.5), {kNone, .1, kNone, .2}), ElementsAre(false, true, false, true));
  EXPECT_THAT(going(halving(0.75), {kNone, kNone, kNone, .2}),
              ElementsAre(false, false, false, true))
      << "no place is given to one of them";
  EXPECT_THAT(going(halving(0.5), {kNone, kNone}), ElementsAre(false, false));
  EXPECT_EQ(decide(halving(0.5), {kNone, .5})[0].why, "halving: no accuracy to compare");
}

TEST(DecideMedian, StopsWhatIsBelowIt) {
  EXPECT_THAT(going(median(), {.1, .2, .3}), ElementsAre(false, true, true));
  EXPECT_THAT(going(median(), {.4, .1, .3, .2}), ElementsAre(true, false, true, false));
  EXPECT_THAT(going(median(), {.3, .3, .3}), ElementsAre(true, true, true)) << "not below";
  EXPECT_THAT(going(median(), {.3}), ElementsAre(true));
  EXPECT_EQ(decide(median(), {.1, .2, .3})[0].why, "median rule: 10.00 %, the median is 20.00 %");
}

TEST(DecideMedian, ArmsWithoutAFigureStopAndDoNotShiftIt) {
  EXPECT_THAT(going(median(), {kNone, .1, kNone, .3, kNone, .2}),
              ElementsAre(false, false, false, true, false, true));
  EXPECT_THAT(going(median(), {kNone, kNone}), ElementsAre(false, false));
}

TEST(MeanFigure, NeedsEveryTrial) {
  EXPECT_DOUBLE_EQ(mean_figure({.2, .4}).value(), .3);
  EXPECT_EQ(mean_figure({.2, kNone}), kNone);
  EXPECT_EQ(mean_figure({}), kNone);
}

/// Four epochs whose best is the second.
Evidence evidence() {
  Evidence made = testing::trained(.5);
  made.plan["recipe"] = {{"epochs", 9}};
  made.plan["stop_after"] = 4;
  for (const auto& [epoch, found] :
       std::vector<std::pair<std::int64_t, double>>{{0, .9}, {1, .2}, {2, .5}, {3, .3}, {4, .6}}) {
    EpochRecord record;
    record.epoch = epoch;
    record.val_accuracy = found;
    record.train_accuracy = .99;  // a claim: not looked at
    made.epochs.push_back(record);
  }
  return made;
}

TEST(FigureAt, IsTheBestUpToTheRungAndNothingOfBeforeTraining) {
  EXPECT_EQ(figure_at(evidence(), 1), .2);
  EXPECT_EQ(figure_at(evidence(), 3), .5) << "also in evidence that reaches further";
  EXPECT_EQ(figure_at(evidence(), 4), .6);
}

TEST(FigureAt, IsNoneOfWhatHadDivergedOrFailedByThen) {
  Evidence lost = evidence();
  lost.status = "diverged";
  lost.diverged_epoch = 4;
  EXPECT_EQ(figure_at(lost, 4), kNone);
  EXPECT_EQ(figure_at(lost, 3), .5) << "it diverged later";
  Evidence dead = evidence();
  dead.status = "failed";
  EXPECT_EQ(figure_at(dead, 4), kNone);
  EXPECT_EQ(figure_at(dead, 3), .5);
  EXPECT_EQ(figure_at(Evidence{}, 3), kNone);
}

TEST(Reaches, ARungOnlyWhereTrainingGotThereOrIsOver) {
  Evidence one = evidence();
  EXPECT_TRUE(reaches(one, 4));
  EXPECT_FALSE(reaches(one, 5));
  one.stopped_epoch = 4;
  EXPECT_TRUE(reaches(one, 5)) << "its recipe had stopped it";
  one.stopped_epoch.reset();
  one.plan.erase("stop_after");
  EXPECT_TRUE(reaches(one, 9));
}

TEST(EndedBy, ARungOnlyWhereTheRecipeStoppedItByThen) {
  Evidence one = evidence();
  EXPECT_FALSE(ended_by(one, 4));
  one.stopped_epoch = 4;
  EXPECT_TRUE(ended_by(one, 4));
  EXPECT_FALSE(ended_by(one, 3)) << "evidence of later tells of a rung what was true there";
  one.status = "failed";
  EXPECT_FALSE(ended_by(one, 4));
}

}  // namespace
}  // namespace gradus::grader
