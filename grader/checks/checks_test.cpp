#include <gmock/gmock.h>

#include <limits>

#include "grader/grader.hpp"
#include "grader/testing.hpp"

namespace gradus::grader {
namespace {

using ::testing::HasSubstr;
using testing::diverged;
using testing::failed;
using testing::probe;
using testing::probed;
using testing::Runs;
using testing::spread;
using testing::trained;
using Verdict = CheckResult::Verdict;

const Failure kMachine{Fault::infrastructure, "ERROR", "train", "the disk is full", ""};

/// What each check is asked in the tests of what they share.
struct Asked {
  std::string check;
  Json options;
};
const std::vector<Asked> kAsked = {
    {"parameters", {{"expect", {{"total", 82'030}}}}},
    {"shape", Json::object()},
    {"initial_loss", {{"mean", 2.3026}, {"tolerance", 0.05}}},
    {"probe", {{"probe", {"chance"}}}},
    {"accuracy", {{"at_least", 0.63}}},
    {"gap", {{"at_least", 0.15}}},
    {"learning_rate", Json::object()},
    {"sweep", {{"all_at_least", 0.6}}},
    {"compare", {{"with", "other"}, {"at_least", -0.02}}},
    {"weights", {{"at_least", 0.7}}},
};

/// Evidence that every check of kAsked passes on.
Evidence good() {
  Evidence evidence = trained(0.65);
  evidence.probes = {probe("shape", "pass"), probe("chance", "pass"),
                     probe("initial_loss", "pass", {{"loss", 2.31}})};
  evidence.tensors = {{"fc1.weight", "parameter", "float32", {120, 576}, 69'120}};
  evidence.epochs = {{1, 1.9, 0.3, 0.01, 1.6, 0.4}};  // the default recipe: one epoch at .01
  return evidence;
}

TEST(Checks, AreAllInTheTableAndAskedHere) {
  std::vector<std::string> names, asked;
  for (const CheckInfo& check : check_table()) names.push_back(check.spec.name);
  for (const Asked& one : kAsked) asked.push_back(one.check);
  EXPECT_EQ(names, asked);
  EXPECT_EQ(find_check("no_such_check"), nullptr);
  const lab::Vocabulary words = vocabulary({"cifar10"});
  EXPECT_EQ(words.checks.size(), names.size());
  EXPECT_FALSE(words.probes.empty());
}

TEST(Checks, PassOnGoodEvidenceWithFoundAndWanted) {
  for (const Asked& one : kAsked) {
    const CheckResult result =
        Runs().add(good()).weights({spread("fc1.weight", 0.9)}).ask(one.check, one.options);
    EXPECT_EQ(result.verdict, Verdict::pass) << one.check << ": " << result.reason;
    EXPECT_FALSE(result.found.empty()) << one.check;
    EXPECT_FALSE(result.wanted.empty()) << one.check;
    EXPECT_FALSE(result.reason.empty()) << one.check;
    EXPECT_EQ(result.trust == Trust::claimed, one.check == "learning_rate") << one.check;
  }
}

TEST(Checks, SubmissionFailureFailsWithItsMessage) {
  for (const Asked& one : kAsked) {
    const CheckResult result =
        Runs().add(failed(Fault::submission)).ask(one.check, one.options);
    EXPECT_EQ(result.verdict, Verdict::fail) << one.check;
    EXPECT_THAT(result.reason, HasSubstr("CRASHED: the process ended with signal 11")) << one.check;
  }
}

// It said "Forward() must": a name is written as the code has it.
TEST(Checks, ACureThatBeginsWithAFunctionKeepsItsName) {
  Evidence evidence = failed(Fault::submission);
  evidence.failure->cure = "forward() must return one row of K outputs for each image";
  EXPECT_THAT(Runs().add(evidence).ask("shape", Json::object()).reason,
              HasSubstr(" forward() must return one row"));
  evidence.failure->cure = "look at the last layer";
  EXPECT_THAT(Runs().add(evidence).ask("shape", Json::object()).reason,
              HasSubstr(" Look at the last layer."));
}

TEST(Checks, OurFailureIsNotGraded) {
  for (const Asked& one : kAsked) {
    for (const Fault fault : {Fault::infrastructure, Fault::user}) {
      EXPECT_EQ(Runs().add(failed(fault)).ask(one.check, one.options).verdict, Verdict::not_graded)
          << one.check;
    }
    const CheckResult result = Runs().add({}, std::nullopt, kMachine).ask(one.check, one.options);
    EXPECT_EQ(result.verdict, Verdict::not_graded) << one.check;
    EXPECT_THAT(result.reason, HasSubstr("the disk is full")) << one.check;
  }
}

TEST(Checks, AMissingRunIsNotGraded) {
  for (const Asked& one : kAsked) {
    EXPECT_EQ(Runs().add({}, std::nullopt).ask(one.check, one.options).verdict,
              Verdict::not_graded)
        << one.check;
  }
}

TEST(Checks, WhatEvidenceDoesNotShowFails) {
  Evidence bare;
  bare.status = "done";
  for (const Asked& one : kAsked) {
    EXPECT_EQ(Runs().add(bare).ask(one.check, one.options).verdict, Verdict::fail) << one.check;
  }
}

TEST(ParametersCheck, SaysHowFarOff) {
  const Json exact = {{"expect", {{"total", 82'030}}}};
  Evidence evidence = trained(0.6);
  evidence.parameters = 82'078;
  const CheckResult more = Runs().add(evidence).ask("parameters", exact);
  EXPECT_EQ(more.verdict, Verdict::fail);
  EXPECT_THAT(more.reason, HasSubstr("82,078 parameters, 48 more than wanted (exactly 82,030)"));
  evidence.parameters = 82'020;
  EXPECT_THAT(Runs().add(evidence).ask("parameters", exact).reason, HasSubstr("10 fewer"));
  const Json range = {{"expect", {{"at_least", 82'054}, {"at_most", 82'078}}}};
  EXPECT_EQ(Runs().add(evidence).ask("parameters", range).verdict, Verdict::fail);
  evidence.parameters = 82'078;
  EXPECT_EQ(Runs().add(evidence).ask("parameters", range).verdict, Verdict::pass);
  const Json either = {{"expect", {{"one_of", {82'030.0, 82'078.0}}}}};
  const CheckResult any = Runs().add(evidence).ask("parameters", either);
  EXPECT_EQ(any.verdict, Verdict::pass);
  EXPECT_EQ(any.wanted, "82,030 or 82,078");
  evidence.parameters = 82'077;
  EXPECT_THAT(Runs().add(evidence).ask("parameters", either).reason, HasSubstr("1 fewer"));
  evidence.parameters = 82'031;
  EXPECT_THAT(Runs().add(evidence).ask("parameters", either).reason, HasSubstr("1 more"));
  evidence.parameters = 82'079;
  EXPECT_EQ(Runs().add(evidence).ask("parameters", range).verdict, Verdict::fail);
}

TEST(ShapeCheck, FailsWithTheProbesMessage) {
  const CheckResult result =
      Runs().add(probed({probe("shape", "fail")})).ask("shape", Json::object());
  EXPECT_EQ(result.verdict, Verdict::fail);
  EXPECT_EQ(result.reason, "shape says fail.");
}

TEST(InitialLossCheck, JudgesByItsOwnBand) {
  const auto ask = [](double loss, const Json& options) {
    return Runs()
        .add(probed({probe("initial_loss", "fail", {{"loss", loss}})}))
        .ask("initial_loss", options);
  };
  EXPECT_EQ(ask(2.31, Json::object()).verdict, Verdict::pass) << "ln 10 ± 0.05 by default";
  const CheckResult high = ask(2.5, Json::object());
  EXPECT_EQ(high.verdict, Verdict::fail);
  EXPECT_THAT(high.reason, HasSubstr("2.5000, wanted 2.3026 ± 0.05: the first logits are too large"));
  EXPECT_EQ(ask(2.5, {{"tolerance", 0.2}}).verdict, Verdict::pass) << "a weaker partial condition";
  EXPECT_THAT(ask(1.0, Json::object()).reason, HasSubstr("an untrained network cannot know"));
  EXPECT_EQ(ask(4.0, {{"mean", 4.0}}).verdict, Verdict::pass);
}

TEST(InitialLossCheck, SoftmaxAtTheEndFailsThoughTheLossFits) {
  const CheckResult result =
      Runs()
          .add(probed({probe("initial_loss", "fail", {{"loss", 2.3026}, {"probabilities", true}})}))
          .ask("initial_loss", Json::object());
  EXPECT_EQ(result.verdict, Verdict::fail);
  EXPECT_EQ(result.reason, "initial_loss says fail.");
}

TEST(ProbeCheck, NeedsEveryNamedProbe) {
  const Json both = {{"probe", {"batch_independence", "order_independence"}}};
  const auto ask = [&](const char* batch, const char* order) {
    return Runs()
        .add(probed({probe("batch_independence", batch), probe("order_independence", order)}))
        .ask("probe", both);
  };
  EXPECT_EQ(ask("pass", "pass").verdict, Verdict::pass);
  const CheckResult one = ask("pass", "fail");
  EXPECT_EQ(one.verdict, Verdict::fail);
  EXPECT_EQ(one.found, "order_independence fails");
  EXPECT_EQ(one.reason, "order_independence says fail.");
  EXPECT_EQ(ask("error", "pass").verdict, Verdict::fail) << "could not be measured";
  EXPECT_EQ(ask("PASS", "pass").verdict, Verdict::fail) << "only the word counts";
}

TEST(ProbeCheck, OneClaimMakesAClaim) {
  ProbeOutcome claim = probe("every_parameter_moves", "pass");
  claim.trust = Trust::claimed;
  EXPECT_EQ(Runs().add(probed({probe("shape", "pass"), claim}))
                .ask("probe", {{"probe", {"shape", "every_parameter_moves"}}}).trust,
            Trust::claimed);
}

TEST(AccuracyCheck, ComparesExactly) {
  const auto verdict = [](double value, const Json& options) {
    return Runs().add(trained(value)).ask("accuracy", options).verdict;
  };
  EXPECT_EQ(verdict(0.63, {{"at_least", 0.63}}), Verdict::pass);
  EXPECT_EQ(verdict(0.6298, {{"at_least", 0.63}}), Verdict::fail) << "no rounding";
  EXPECT_EQ(verdict(0.15, {{"at_most", 0.15}}), Verdict::pass);
  EXPECT_EQ(verdict(0.1502, {{"at_most", 0.15}}), Verdict::fail);
  EXPECT_EQ(verdict(0.65, {{"between", {0.6, 0.7}}}), Verdict::pass);
  EXPECT_EQ(verdict(0.71, {{"between", {0.6, 0.7}}}), Verdict::fail);
  EXPECT_EQ(verdict(0.65, {{"of", "train"}, {"at_least", 0.9}}), Verdict::pass) << "another score";
}

TEST(AccuracyCheck, FeedbackNamesFoundWantedAndCause) {
  const Json floor = {{"at_least", 0.63}};
  EXPECT_EQ(Runs().add(trained(0.58, 0.9)).ask("accuracy", floor).reason,
            "The best validation accuracy is 58.00 %, wanted at least 63 %: training accuracy is "
            "90 %, so the network learns its training images by heart: regularise or augment.");
  EXPECT_THAT(Runs().add(trained(0.50, 0.52)).ask("accuracy", floor).reason,
              HasSubstr("training accuracy is only 52 % too"));
  EXPECT_THAT(Runs().add(trained(0.10, 0.1)).ask("accuracy", floor).reason,
              HasSubstr("near chance"));
}

TEST(AccuracyCheck, DivergedHasNoAccuracy) {
  EXPECT_EQ(Runs().add(diverged()).ask("accuracy", {{"at_most", 0.15}}).verdict, Verdict::pass);
  const CheckResult low = Runs().add(diverged(3)).ask("accuracy", {{"at_least", 0.1}});
  EXPECT_EQ(low.verdict, Verdict::fail);
  EXPECT_EQ(low.found, "diverged");
  EXPECT_THAT(low.reason, HasSubstr("training diverged in epoch 3"));
  EXPECT_EQ(Runs().add(diverged()).ask("accuracy", {{"between", {0.0, 0.2}}}).verdict,
            Verdict::fail);
}

TEST(AccuracyCheck, SelectsArmsAndAveragesTrials) {
  Runs runs;
  runs.rate(1.0, trained(0.1)).rate(0.1, trained(0.60)).rate(0.1, trained(0.70));
  EXPECT_EQ(runs.ask("accuracy", {{"arm", {{"optimizer.lr", 1}}}, {"at_most", 0.15}}).verdict,
            Verdict::pass);
  const CheckResult mean =
      runs.ask("accuracy", {{"arm", {{"optimizer.lr", 0.1}}}, {"at_least", 0.65}});
  EXPECT_EQ(mean.verdict, Verdict::pass);
  EXPECT_THAT(mean.reason, HasSubstr("mean of 2 trials: 65.00 %"));
  EXPECT_EQ(runs.ask("accuracy", {{"at_least", 0.5}}).verdict, Verdict::fail) << "all arms";
  EXPECT_EQ(runs.ask("accuracy", {{"except", {{{"optimizer.lr", 1.0}}}}, {"at_least", 0.5}}).verdict,
            Verdict::pass);
  EXPECT_EQ(runs.ask("accuracy", {{"arm", {{"optimizer.lr", 7.0}}}, {"at_least", 0.0}}).verdict,
            Verdict::fail) << "no such arm: nothing is shown";
  runs.rate(0.1, diverged());
  EXPECT_EQ(runs.ask("accuracy", {{"arm", {{"optimizer.lr", 0.1}}}, {"at_least", 0.1}}).verdict,
            Verdict::fail) << "one diverged trial makes the arm diverge";
}

TEST(AccuracyCheck, NonFiniteAccuracyIsNoAccuracy) {
  EXPECT_EQ(Runs().add(trained(std::numeric_limits<double>::quiet_NaN()))
                .ask("accuracy", {{"at_least", 0.0}}).verdict, Verdict::fail);
}

TEST(GapCheck, ComparesTrainingWithValidationAtTheEnd) {
  const auto ask = [](double train, double val, const Json& options) {
    return Runs().add(trained(0.65, train, val)).ask("gap", options);
  };
  const CheckResult wide = ask(0.89, 0.62, {{"at_least", 0.15}});
  EXPECT_EQ(wide.verdict, Verdict::pass);
  EXPECT_EQ(wide.found, "27 points");
  EXPECT_THAT(wide.reason, HasSubstr("the network overfits"));
  const CheckResult narrow = ask(0.66, 0.62, {{"at_least", 0.15}});
  EXPECT_EQ(narrow.verdict, Verdict::fail);
  EXPECT_THAT(narrow.reason, HasSubstr("4 points above validation accuracy, wanted at least 15 points"));
  EXPECT_EQ(ask(0.89, 0.62, {{"at_most", 0.1}}).verdict, Verdict::fail);
  EXPECT_EQ(Runs().add(diverged()).ask("gap", {{"at_most", 0.1}}).verdict, Verdict::fail)
      << "a diverged run shows no gap";
}

/// The document's learning rates (its own figures; 002 of the course documents).
Runs rates() {
  Runs runs;
  runs.rate(1.0, diverged()).rate(0.1, trained(0.6974)).rate(0.05, trained(0.7048));
  runs.rate(0.02, trained(0.7182)).rate(0.01, trained(0.7184)).rate(0.005, trained(0.7212));
  runs.rate(0.002, trained(0.7270)).rate(0.001, trained(0.7258));
  return runs;
}

TEST(SweepCheck, FindsTheBestValue) {
  const Json small = {{"best", {{"key", "optimizer.lr"}, {"at_most", 0.02}}}};
  const CheckResult result = rates().ask("sweep", small);
  EXPECT_EQ(result.verdict, Verdict::pass) << result.reason;
  EXPECT_EQ(result.found, "best optimizer.lr 0.002 (72.70 %)");
  const CheckResult wrong = Runs().rate(0.1, trained(0.7)).rate(0.01, trained(0.6)).ask("sweep", small);
  EXPECT_EQ(wrong.verdict, Verdict::fail);
  EXPECT_THAT(wrong.reason, HasSubstr("The best optimizer.lr is 0.1 with 70.00 %, wanted at most 0.02"));
  EXPECT_EQ(Runs().rate(0.1, trained(0.7)).rate(0.01, trained(0.7)).ask("sweep", small).verdict,
            Verdict::pass) << "a tie";
  EXPECT_EQ(Runs().rate(0.1, diverged()).rate(0.01, diverged()).ask("sweep", small).verdict,
            Verdict::fail) << "nothing is best";
}

TEST(SweepCheck, FloorLeavesOutExceptions) {
  const Json floor = {{"all_at_least", 0.67}, {"except", {{{"optimizer.lr", 1.0}}}}};
  EXPECT_EQ(rates().ask("sweep", floor).verdict, Verdict::pass);
  const CheckResult result = rates().ask("sweep", {{"all_at_least", 0.67}});
  EXPECT_EQ(result.verdict, Verdict::fail) << "the diverged arm counts";
  EXPECT_THAT(result.found, HasSubstr("diverged (optimizer.lr = 1)"));
  EXPECT_EQ(rates().ask("sweep", {{"all_at_least", 0.70}, {"except", {{{"optimizer.lr", 1.0}}}}}).verdict,
            Verdict::fail) << "0.1 reaches 69.74 %";
}

Runs decays(Evidence strong) {
  Runs runs;
  const auto arm = [](double decay) { return std::map<std::string, Json>{{"optimizer.weight_decay", decay}}; };
  runs.add(arm(1e-2), std::move(strong)).add(arm(1e-3), trained(0.7308));
  runs.add(arm(1e-4), trained(0.7288)).add(arm(1e-5), trained(0.7224)).add(arm(0.0), trained(0.7284));
  return runs;
}

TEST(SweepCheck, FindsTheWorstArmByAMargin) {
  const Json worst = {{"worst", {{"arm", {{"optimizer.weight_decay", 1e-2}}}, {"margin", 0.03}}}};
  EXPECT_EQ(decays(trained(0.6544)).ask("sweep", worst).verdict, Verdict::pass);
  const CheckResult close = decays(trained(0.70)).ask("sweep", worst);
  EXPECT_EQ(close.verdict, Verdict::fail);
  EXPECT_THAT(close.found, HasSubstr("70.00 %, the worst of the rest: 72.24 %"));
  EXPECT_EQ(decays(trained(0.74)).ask("sweep", worst).verdict, Verdict::fail);
  EXPECT_EQ(decays(diverged()).ask("sweep", worst).verdict, Verdict::pass) << "worse than any";
  Json other = worst;
  other["worst"]["arm"] = {{"optimizer.weight_decay", 0.0}};
  EXPECT_EQ(decays(diverged()).ask("sweep", other).verdict, Verdict::fail);
  Json lenient = worst;
  lenient["worst"]["margin"] = -0.05;
  EXPECT_EQ(decays(trained(0.76)).ask("sweep", lenient).verdict, Verdict::pass);
  EXPECT_EQ(decays(trained(0.79)).ask("sweep", lenient).verdict, Verdict::fail);
}

TEST(SweepCheck, MeasuresTheSpreadOfTheRest) {
  const Json within = {{"within", 0.03}, {"except", {{{"optimizer.weight_decay", 1e-2}}}}};
  EXPECT_EQ(decays(trained(0.6544)).ask("sweep", within).verdict, Verdict::pass);
  const CheckResult all = decays(trained(0.6544)).ask("sweep", {{"within", 0.03}});
  EXPECT_EQ(all.verdict, Verdict::fail);
  EXPECT_EQ(all.found, "spread 7.64 points");
  EXPECT_EQ(decays(diverged()).ask("sweep", {{"within", 0.5}}).verdict, Verdict::fail);
}

TEST(SweepCheck, OneFailedArmFailsAndOneUngradedArmIsNotGraded) {
  const Json floor = {{"all_at_least", 0.1}};
  EXPECT_EQ(rates().rate(0.5, failed(Fault::submission)).ask("sweep", floor).verdict, Verdict::fail);
  EXPECT_EQ(rates().add({{"optimizer.lr", 0.5}}, std::nullopt, kMachine).ask("sweep", floor).verdict,
            Verdict::not_graded) << "another run may yet show what that arm does";
}

}  // namespace
}  // namespace gradus::grader
