#include "grader/stop_arms/rounds.hpp"

#include <gmock/gmock.h>

#include "grader/stop_arms/testing.hpp"

namespace gradus::grader {
namespace {

using ::testing::ElementsAre;
using testing::ended_itself;
using testing::evidence_of;
using ::testing::HasSubstr;
using testing::stopping_lab;

/// Drives a plan as the executor would, with evidence that a function makes.
class Driver {
 public:
  using Make = std::function<std::optional<Evidence>(const PlannedRun&)>;
  Driver(const lab::Lab& lab, Make make)
      : plan_(lab::expand(lab)), rounds_(lab, plan_), make_(std::move(make)) {}

  /// Until nothing follows any more; ids of the runs in the order in which they were made.
  void drive() {
    std::vector<std::size_t> todo(plan_.runs.size());
    for (std::size_t i = 0; i < todo.size(); ++i) todo[i] = i;
    while (!todo.empty()) {
      const std::size_t run = todo.front();
      todo.erase(todo.begin());
      const PlannedRun& planned = plan_.runs[run];
      made_.push_back(planned.id + "@" + std::to_string(planned.run.last_epoch()));
      if (auto evidence = make_(planned)) left_[planned.run.hash()] = std::move(*evidence);
      for (const auto& next : step().next) todo.push_back(next.index);
    }
  }
  Rounds::Step step() {
    Rounds::Step step = rounds_.advance(look());
    for (const auto& one : step.stopped)
      stopped_.push_back(plan_.runs[one.run].id + " " + std::to_string(one.after) + " " + one.why);
    return step;
  }
  Rounds::Look look() const {
    return [this](std::size_t run) {
      const auto found = left_.find(plan_.runs[run].run.hash());
      return found == left_.end() ? nullptr : &found->second;
    };
  }
  std::vector<std::int64_t> ends() const {
    std::vector<std::int64_t> ends;
    for (const PlannedRun& planned : plan_.runs) ends.push_back(planned.run.stop_after);
    return ends;
  }
  auto undecided() const { return rounds_.undecided(look()); }

  std::vector<std::string> made_, stopped_;
  Plan plan_;

 private:
  Rounds rounds_;
  Make make_;
  std::map<std::string, Evidence> left_;
};

/// Arms of batch 1, 2, 3, 4: the larger, the better, by the hundredth.
double skill(const PlannedRun& planned) {
  return 0.1 + 0.01 * static_cast<double>(planned.run.recipe.batch);
}

TEST(Rounds, HalvingGoesFromRungToRung) {
  const lab::Lab lab = stopping_lab(R"(rule = "successive_halving", rungs = [2, 5], keep = 0.5)");
  Driver driver(lab, [](const PlannedRun& p) { return evidence_of(p.run, skill(p)); });
  driver.drive();
  EXPECT_THAT(driver.ends(), ElementsAre(2, 2, 5, 0));
  EXPECT_THAT(driver.made_, ElementsAre("sweep/batch=1@2", "sweep/batch=2@2", "sweep/batch=3@2",
                                        "sweep/batch=4@2", "sweep/batch=3@5", "sweep/batch=4@5",
                                        "sweep/batch=4@10"));
  EXPECT_THAT(driver.stopped_, ElementsAre("sweep/batch=1 2 halving: 4th of 4, best two go on",
                                           "sweep/batch=2 2 halving: 3rd of 4, best two go on",
                                           "sweep/batch=3 5 halving: 2nd of 2, best one goes on"));
  const Plan whole = lab::expand(stopping_lab(""));
  EXPECT_EQ(driver.plan_.runs[3].run.hash(), whole.runs[3].run.hash())
      << "an arm that goes to its end is the run of a complete sweep";
}

TEST(Rounds, TheMedianRuleKeepsTheUpperHalf) {
  const lab::Lab lab = stopping_lab(R"(rule = "median", rungs = [2, 5])");
  Driver driver(lab, [](const PlannedRun& p) { return evidence_of(p.run, skill(p)); });
  driver.drive();
  EXPECT_THAT(driver.ends(), ElementsAre(2, 2, 5, 0));
}

TEST(Rounds, TrialsOfAnArmStopTogether) {
  const lab::Lab lab =
      stopping_lab(R"(rule = "successive_halving", rungs = [2], keep = 0.25)", "trials = 2\n");
  // The best single trial is of an arm whose mean is low.
  Driver driver(lab, [](const PlannedRun& p) {
    const bool lucky = p.run.recipe.batch == 1;
    return evidence_of(p.run, lucky ? (p.trial == 0 ? 0.9 : 0.0) : 0.4 + skill(p));
  });
  driver.drive();
  EXPECT_THAT(driver.ends(), ElementsAre(2, 2, 2, 2, 2, 2, 0, 0));
}

TEST(Rounds, AnArmThatDivergedInOneTrialStops) {
  const lab::Lab lab =
      stopping_lab(R"(rule = "successive_halving", rungs = [2], keep = 0.25)", "trials = 2\n");
  Driver driver(lab, [](const PlannedRun& p) {
    Evidence made = evidence_of(p.run, skill(p));
    if (p.run.recipe.batch == 4 && p.trial == 1) {
      made.status = "diverged";
      made.diverged_epoch = 1;
    }
    return made;
  });
  driver.drive();
  EXPECT_THAT(driver.ends(), ElementsAre(2, 2, 2, 2, 0, 0, 2, 2));
}

// It was trained again from its first epoch for every rung that was left.
TEST(Rounds, AnArmThatItsRecipeEndedIsTrainedOnce) {
  const lab::Lab lab =
      stopping_lab(R"(rule = "successive_halving", rungs = [2, 5, 7], keep = 0.99)");
  Driver driver(lab, [](const PlannedRun& p) {
    const Evidence made = evidence_of(p.run, skill(p));
    return p.run.recipe.batch == 4 ? ended_itself(made, 1) : made;
  });
  driver.drive();
  EXPECT_THAT(driver.made_, ElementsAre("sweep/batch=1@2", "sweep/batch=2@2", "sweep/batch=3@2",
                                        "sweep/batch=4@2", "sweep/batch=2@5", "sweep/batch=3@5",
                                        "sweep/batch=3@7"));
  EXPECT_THAT(driver.ends(), ElementsAre(2, 5, 7, 2));
  EXPECT_THAT(driver.stopped_,
              ElementsAre("sweep/batch=1 2 halving: 4th of 4, best three go on", "sweep/batch=4 2 ",
                          "sweep/batch=2 5 halving: 3rd of 3, best two go on",
                          "sweep/batch=3 7 halving: 2nd of 2, best one goes on"))
      << "what it had reached beats the others at every rung";
  EXPECT_TRUE(driver.undecided().empty());
}

TEST(Rounds, AnArmThatEndsItselfBetweenRungsGoesUpToThere) {
  const lab::Lab lab = stopping_lab(R"(rule = "median", rungs = [2, 5, 7])");
  Driver driver(lab, [](const PlannedRun& p) {
    return ended_itself(evidence_of(p.run, skill(p)), p.run.recipe.batch == 4 ? 4 : 3);
  });
  driver.drive();
  EXPECT_THAT(driver.ends(), ElementsAre(2, 2, 5, 5));
  EXPECT_THAT(driver.made_, ElementsAre("sweep/batch=1@2", "sweep/batch=2@2", "sweep/batch=3@2",
                                        "sweep/batch=4@2", "sweep/batch=3@5", "sweep/batch=4@5"));
}

TEST(Rounds, TheOtherTrialsOfAnArmThatEndedInOneGoOn) {
  const lab::Lab lab =
      stopping_lab(R"(rule = "successive_halving", rungs = [2], keep = 0.25)", "trials = 2\n");
  Driver driver(lab, [](const PlannedRun& p) {
    const Evidence made = evidence_of(p.run, skill(p));
    return p.trial == 1 ? ended_itself(made, 2) : made;
  });
  driver.drive();
  EXPECT_THAT(driver.ends(), ElementsAre(2, 2, 2, 2, 2, 2, 0, 2));
}

TEST(Rounds, WhereAllFailNobodyGoesOn) {
  const lab::Lab lab = stopping_lab(R"(rule = "median", rungs = [2, 5])");
  Driver driver(lab, [](const PlannedRun& p) {
    Evidence made = evidence_of(p.run, 0);
    made.status = "failed";
    return made;
  });
  driver.drive();
  EXPECT_THAT(driver.ends(), ElementsAre(2, 2, 2, 2));
  EXPECT_TRUE(driver.undecided().empty());
}

TEST(Rounds, NothingIsDecidedWhileARunIsMissing) {
  const lab::Lab lab = stopping_lab(R"(rule = "median", rungs = [2, 5])");
  Driver driver(lab, [](const PlannedRun& p) -> std::optional<Evidence> {
    if (p.run.recipe.batch == 2) return std::nullopt;
    return evidence_of(p.run, skill(p));
  });
  driver.drive();
  EXPECT_THAT(driver.ends(), ElementsAre(2, 2, 2, 2));
  const auto waiting = driver.undecided();
  ASSERT_EQ(waiting.size(), 4U);
  EXPECT_THAT(waiting.at(0), HasSubstr("could not be compared after 2 epochs: the run "
                                       "sweep/batch=2 has no evidence"));
}

TEST(Rounds, ACompleteSweepHasNone) {
  const lab::Lab lab = stopping_lab("");
  Plan plan = lab::expand(lab);
  EXPECT_TRUE(Rounds(lab, plan).empty());
}

}  // namespace
}  // namespace gradus::grader
