// The probes, each with a model that passes it and one that fails it (the fake worker's
// behaviours).

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "framework/record/probes.hpp"
#include "framework/supervisor/probes/probe.hpp"
#include "framework/supervisor/testing/fixture.hpp"

namespace gradus::supervisor {
namespace {

using testing::HasSubstr;

class Probes : public ::testing::Test {
 protected:
  Evidence evidence(const RunPlan& plan) {
    auto made = fake::run(installation_, plan);
    EXPECT_TRUE(made.ok()) << made.error().text();
    return made.ok() ? made->evidence : Evidence{};
  }
  /// Outcome of one probe asked of a model of that behaviour.
  ProbeOutcome outcome(const std::string& behaviour, const std::string& probe,
                       std::map<std::string, Json> options = {}) {
    RunPlan plan = installation_.plan(behaviour, "probe");
    plan.probes = {{probe, std::move(options)}};
    const Evidence made = evidence(plan);
    EXPECT_EQ(made.probes.size(), 1U);
    return made.probes.empty() ? ProbeOutcome{} : made.probes[0];
  }

  fake::FakeInstallation installation_;
};

TEST(ProbeTable, IsTheOneOfTheRecords) {
  ASSERT_EQ(probes().size(), probe_table().size());
  for (std::size_t i = 0; i < probes().size(); ++i)
    EXPECT_EQ(probes()[i].name, probe_table()[i].name);
}

TEST_F(Probes, AllPassForAGoodModel) {
  const Evidence made = evidence(installation_.plan("good", "probe"));
  EXPECT_EQ(made.status, "done") << (made.failure ? made.failure->what : "");
  ASSERT_EQ(made.probes.size(), probes().size());
  for (const ProbeOutcome& probe : made.probes) {
    EXPECT_EQ(probe.verdict, "pass") << probe.name << ": " << probe.message;
    EXPECT_EQ(probe.trust,
              find_probe_info(probe.name)->claimed ? Trust::claimed : Trust::recomputed);
    EXPECT_FALSE(probe.message.empty());
  }
  EXPECT_EQ(made.parameters, 6);
  EXPECT_EQ(made.tensors.size(), 3U);
}

TEST_F(Probes, EqualPlansGiveEqualEvidence) {
  const RunPlan plan = installation_.plan("good", "probe");
  EXPECT_EQ(to_json(evidence(plan)).dump(), to_json(evidence(plan)).dump());
}

TEST_F(Probes, ShapeSeesWrongRows) {
  const ProbeOutcome wrong = outcome("examiner_wrong_shape", "shape");
  EXPECT_EQ(wrong.verdict, "fail");
  EXPECT_THAT(wrong.message, HasSubstr("[4,1]"));
  EXPECT_THAT(wrong.message, HasSubstr("wanted float32 [1,4]"));
  EXPECT_EQ(outcome("examiner_bad_output", "shape").verdict, "fail");
  EXPECT_EQ(outcome("examiner_nan", "shape").verdict, "fail");
}

TEST_F(Probes, ParametersCompareWithThePaper) {
  EXPECT_EQ(outcome("good", "parameters").verdict, "pass");
  EXPECT_EQ(outcome("good", "parameters", {{"total", 6}}).verdict, "pass");
  const ProbeOutcome wrong = outcome("good", "parameters", {{"total", 82030}});
  EXPECT_EQ(wrong.verdict, "fail");
  EXPECT_EQ(wrong.found.at("total"), 6);
  EXPECT_THAT(wrong.message, HasSubstr("82,024 too few"));
}

TEST_F(Probes, InitialLossSeesSoftmaxAndLoudWeights) {
  EXPECT_EQ(outcome("good", "initial_loss").verdict, "pass");
  const ProbeOutcome softmax = outcome("examiner_softmax", "initial_loss");
  EXPECT_EQ(softmax.verdict, "fail");
  EXPECT_THAT(softmax.message, HasSubstr("softmax"));
  const ProbeOutcome loud = outcome("examiner_loud", "initial_loss");
  EXPECT_EQ(loud.verdict, "fail");
  EXPECT_THAT(loud.message, HasSubstr("normalised"));
  EXPECT_EQ(outcome("good", "initial_loss", {{"mean", 2.3026}}).verdict, "fail");
  EXPECT_EQ(outcome("pretrained", "initial_loss").verdict, "fail");
  EXPECT_EQ(outcome("examiner_nan", "initial_loss").verdict, "fail");
}

TEST_F(Probes, ChanceSeesPretrainedWeights) {
  EXPECT_EQ(outcome("good", "chance").verdict, "pass");
  const ProbeOutcome wrong = outcome("pretrained", "chance");
  EXPECT_EQ(wrong.verdict, "fail");
  EXPECT_THAT(wrong.message, HasSubstr("trained weights"));
}

TEST_F(Probes, BatchIndependenceSeesCompany) {
  EXPECT_EQ(outcome("good", "batch_independence").verdict, "pass");
  const ProbeOutcome wrong = outcome("examiner_batch_dependent", "batch_independence");
  EXPECT_EQ(wrong.verdict, "fail");
  EXPECT_THAT(wrong.message, HasSubstr("eval()"));
}

TEST_F(Probes, OrderIndependenceSeesPlaces) {
  EXPECT_EQ(outcome("good", "order_independence").verdict, "pass");
  EXPECT_EQ(outcome("examiner_order_dependent", "order_independence").verdict, "fail");
}

TEST_F(Probes, EveryParameterMovesNamesTheFrozen) {
  EXPECT_EQ(outcome("good", "every_parameter_moves").verdict, "pass");
  const ProbeOutcome wrong = outcome("frozen", "every_parameter_moves");
  EXPECT_EQ(wrong.verdict, "fail");
  EXPECT_THAT(wrong.message, HasSubstr("fc.bias"));
  EXPECT_EQ(wrong.found.at("unmoved"), 1);
}

TEST_F(Probes, OverfitsOneBatchSeesAModelThatCannotLearn) {
  EXPECT_EQ(outcome("good", "overfits_one_batch").verdict, "pass");
  EXPECT_EQ(outcome("cannot_learn", "overfits_one_batch").verdict, "fail");
}

TEST_F(Probes, ATrainerThatDiesLeavesTheRestMeasured) {
  const Evidence made = evidence(installation_.plan("trainer_probe_segfault", "probe"));
  EXPECT_EQ(made.status, "failed");
  ASSERT_TRUE(made.failure);
  EXPECT_EQ(made.failure->code, "CRASHED");
  EXPECT_EQ(made.failure->phase, "one step");
  std::map<std::string, std::string> verdicts;
  for (const ProbeOutcome& probe : made.probes) verdicts[probe.name] = probe.verdict;
  EXPECT_EQ(verdicts["shape"], "pass");
  EXPECT_EQ(verdicts["chance"], "pass");
  EXPECT_EQ(verdicts["every_parameter_moves"], "error");
  EXPECT_EQ(verdicts["overfits_one_batch"], "error");
}

TEST_F(Probes, AnExaminerThatDiesFailsTheRun) {
  const Evidence made = evidence(installation_.plan("examiner_load_segfault", "probe"));
  EXPECT_EQ(made.status, "failed");
  ASSERT_TRUE(made.failure);
  for (const ProbeOutcome& probe : made.probes) {
    if (fake::asks_examiner(probe.name)) {
      EXPECT_EQ(probe.verdict, "error") << probe.name;
    }
  }
}

}  // namespace
}  // namespace gradus::supervisor
