// Runs that the submission ended midway: what was examined before stands.

#include <gmock/gmock.h>

#include "grader/testing.hpp"

namespace gradus::grader {
namespace {

using testing::failed;
using ::testing::HasSubstr;
using testing::probe;
using testing::Runs;
using Verdict = CheckResult::Verdict;

/// Handed out its first weights, then crashed in its first step.
Evidence crashed_later(const std::string& code = "CRASHED", Fault fault = Fault::submission) {
  Evidence evidence = failed(fault);
  evidence.failure->code = code;
  evidence.failure->phase = "one step";
  evidence.plan = {{"data", {{"classes", 10}}}};
  evidence.parameters = 82'030;
  evidence.tensors = {{"fc1.weight", "parameter", "float32", {120, 576}, 69'120}};
  evidence.probes = {probe("shape", "pass"), probe("initial_loss", "pass", {{"loss", 2.31}}),
                     probe("chance", "fail"), probe("every_parameter_moves", "error")};
  return evidence;
}

CheckResult ask(const Evidence& evidence, const std::string& check, const Json& options) {
  return Runs().add(evidence).ask(check, options);
}

TEST(CutShort, WhatWasExaminedBeforeTheCrashIsJudged) {
  const Evidence evidence = crashed_later();
  EXPECT_EQ(ask(evidence, "shape", Json::object()).verdict, Verdict::pass);
  EXPECT_EQ(ask(evidence, "initial_loss", {{"mean", 2.3026}, {"tolerance", 0.05}}).verdict,
            Verdict::pass);
  EXPECT_EQ(ask(evidence, "parameters", {{"expect", {{"total", 82'030}}}}).verdict, Verdict::pass);
  EXPECT_EQ(ask(evidence, "parameters", {{"expect", {{"total", 1}}}}).verdict, Verdict::fail);
  const CheckResult chance = ask(evidence, "probe", {{"probe", {"chance"}}});
  EXPECT_EQ(chance.verdict, Verdict::fail);
  EXPECT_THAT(chance.reason, ::testing::Not(HasSubstr("CRASHED")));
}

TEST(CutShort, WhatCameAfterItFailsWithTheCrashAndItsPhase) {
  const CheckResult moves =
      ask(crashed_later(), "probe", {{"probe", {"every_parameter_moves", "gradients"}}});
  EXPECT_EQ(moves.verdict, Verdict::fail);
  EXPECT_EQ(moves.found, "no result");
  EXPECT_EQ(moves.reason,
            "The run failed in its phase 'one step'. CRASHED: the process ended with signal 11. "
            "Look at forward.");
}

TEST(CutShort, NothingStandsOfASubmissionThatLied) {
  const Evidence evidence = crashed_later("TAMPERED");
  EXPECT_EQ(ask(evidence, "shape", Json::object()).verdict, Verdict::fail);
  EXPECT_EQ(ask(evidence, "parameters", {{"expect", {{"total", 82'030}}}}).verdict, Verdict::fail);
}

TEST(CutShort, OurFailureIsNotGradedWhateverCameBefore) {
  const Evidence evidence = crashed_later("ERROR", Fault::infrastructure);
  EXPECT_EQ(ask(evidence, "shape", Json::object()).verdict, Verdict::not_graded);
}

TEST(CutShort, NothingStandsWhereNoWeightsWereHandedOut) {
  Evidence evidence = crashed_later();
  evidence.tensors.clear();
  evidence.parameters = 0;
  EXPECT_EQ(ask(evidence, "parameters", {{"expect", {{"at_most", 5}}}}).verdict, Verdict::fail);
}

}  // namespace
}  // namespace gradus::grader
