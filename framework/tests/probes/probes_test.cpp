// Every probe on real plugins (models.cpp, functions.cpp): one that passes, ones that fail, ones
// that die in it. The fake worker's tests beside the probes hold what no plugin can do.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "framework/record/probes.hpp"
#include "framework/supervisor/testing/fixture.hpp"

namespace gradus::supervisor {
namespace {

using testing::HasSubstr;

PluginUse use(const std::string& kind, const std::string& name) {
  return {kind,
          "submission",
          name,
          kind == "model" ? GRADUS_TEST_MODELS : GRADUS_TEST_FUNCTIONS,
          std::string(64, '0'),
          {}};
}

struct Case {
  std::string probe, plugin, said;
};
void PrintTo(const Case& one, std::ostream* out) { *out << one.probe << " of " << one.plugin; }

class RealProbes : public ::testing::TestWithParam<Case> {
 protected:
  /// The good plugins with this one in the place of its kind. 20 seconds of CPU.
  RunPlan plan(const std::string& kind, const std::string& name) const {
    RunPlan plan = installation_.plan("functional", "probe");
    plan.model = use("model", "functional");
    plan.activation = use("activation", "half_tangent");
    plan.augmentation = use("augmentation", "cutout_quarter");
    if (kind == "model") plan.model = use(kind, name);
    if (kind == "activation") plan.activation = use(kind, name);
    if (kind == "augmentation") plan.augmentation = use(kind, name);
    // 16 · 27 filters, 32 of the batch norm, 256 · 4 of the matrix.
    for (ProbeSpec& probe : plan.probes) {
      if (probe.name == "parameters") probe.options["total"] = 1488;
      if (probe.name == "initial_loss") probe.options["tolerance"] = 0.2;
    }
    plan.input.mean = {0.5, 0.5, 0.5};
    plan.input.std = {0.25, 0.25, 0.25};
    plan.limits = {60, 300, 2048, 16};
    return plan;
  }
  Evidence run(RunPlan plan, const std::string& only = "") {
    if (!only.empty())
      std::erase_if(plan.probes, [&](const ProbeSpec& probe) { return probe.name != only; });
    auto made = fake::run(installation_, plan);
    EXPECT_TRUE(made.ok()) << made.error().text();
    return made.ok() ? made->evidence : Evidence{};
  }

  fake::FakeInstallation installation_{GRADUS_TEST_WORKER};
};

TEST_F(RealProbes, AllPassInAnotherStyle) {
  const Evidence made = run(plan("", ""));
  EXPECT_EQ(made.status, "done") << (made.failure ? made.failure->what : "");
  ASSERT_EQ(made.probes.size(), probe_table().size());
  for (const ProbeOutcome& probe : made.probes)
    EXPECT_EQ(probe.verdict, "pass") << probe.name << ": " << probe.message;
}

/// Lawful, though a probe that is too narrow would blame them.
TEST_F(RealProbes, OddButLawfulOnesPass) {
  struct Odd {
    std::string kind, plugin, probe;
  };
  for (const Odd& one : std::vector<Odd>{{"model", "zero_head", "every_parameter_moves"},
                                         {"model", "weights_first", "input_statistics"},
                                         {"model", "aborts_at_its_end", "shape"},
                                         {"augmentation", "by_place", "augmentation_independent"},
                                         {"augmentation", "begins_late", "augmentation_seeded"}}) {
    const Evidence made = run(plan(one.kind, one.plugin), one.probe);
    EXPECT_EQ(made.status, "done") << one.plugin << (made.failure ? made.failure->what : "");
    ASSERT_EQ(made.probes.size(), 1U) << one.plugin;
    EXPECT_EQ(made.probes[0].verdict, "pass") << one.plugin << ": " << made.probes[0].message;
  }
}

TEST_F(RealProbes, EqualPlansGiveEqualEvidence) {
  EXPECT_EQ(to_json(run(plan("", ""))).dump(), to_json(run(plan("", ""))).dump());
}

TEST_F(RealProbes, AnActivationMayWorkInPlace) {
  for (const char* probe :
       {"activation_values", "activation_derivative", "activation_elementwise"}) {
    const Evidence made = run(plan("activation", "in_place"), probe);
    ASSERT_EQ(made.probes.size(), 1U);
    EXPECT_EQ(made.probes[0].verdict, "pass") << made.probes[0].message;
  }
}

/// Held against its own values, a kink of any size is no fault, and a cut gradient is.
TEST_F(RealProbes, ADerivativeIsHeldAgainstTheActivationsOwnValues) {
  const auto verdict = [&](const std::string& name) {
    RunPlan own = plan("activation", name);
    for (ProbeSpec& probe : own.probes) {
      if (probe.name == "activation_derivative") probe.options.erase("function");
    }
    const Evidence made = run(own, "activation_derivative");
    return made.probes.size() == 1 ? made.probes[0].verdict : "none";
  };
  for (const char* lawful : {"small_kink", "hard_swish", "half_tangent"})
    EXPECT_EQ(verdict(lawful), "pass") << lawful;
  for (const char* cut : {"no_gradient", "detached"}) EXPECT_EQ(verdict(cut), "fail") << cut;
}

TEST_P(RealProbes, AFaultIsFound) {
  const Case& one = GetParam();
  const Evidence made = run(plan(find_probe_info(one.probe)->subject, one.plugin), one.probe);
  ASSERT_EQ(made.probes.size(), 1U);
  EXPECT_EQ(made.status, "done") << (made.failure ? made.failure->what : "");
  EXPECT_EQ(made.probes[0].verdict, "fail") << made.probes[0].message;
  EXPECT_THAT(made.probes[0].message, HasSubstr(one.said));
}

INSTANTIATE_TEST_SUITE_P(
    All, RealProbes,
    ::testing::Values(Case{"softmax_output", "softmax", "softmax before cross-entropy"},
                      Case{"batch_independence", "always_training", "batch norm"},
                      Case{"repeated_evaluation", "always_dropping", "dropout"},
                      Case{"repeated_evaluation", "remembering", "differ"},
                      Case{"order_independence", "remembering", "state"},
                      Case{"every_parameter_moves", "half_frozen", "filter"},
                      Case{"frozen_parameters", "half_frozen", "432 of 1,488"},
                      Case{"state_round_trip", "self_taught", "not registered"},
                      Case{"zeroed_weights", "hidden", "outside parameters()"},
                      Case{"permuted_weights", "copying", "other tensors"},
                      Case{"evaluation_keeps_buffers", "always_training", "mean"},
                      Case{"gradients", "vanishing", "vanishing"},
                      Case{"input_statistics", "normalises_again", "double normalisation"},
                      Case{"activation_statistics", "fading", "too small"},
                      Case{"dead_units", "dead", "dead units"},
                      Case{"memory_slope", "leaking", "kept from step to step"},
                      Case{"activation_shape", "flattens", "same shape"},
                      Case{"activation_shape", "logarithm", "logarithm"},
                      Case{"activation_elementwise", "centred", "a mean"},
                      Case{"activation_values", "hard_swish", "as swish has it"},
                      Case{"activation_derivative", "no_gradient", "detach()"},
                      Case{"activation_derivative", "detached", "no gradient reaches"},
                      Case{"augmentation_shape", "crops", "padding"},
                      Case{"augmentation_shape", "divides", "division"},
                      Case{"augmentation_range", "bright", "clamp()"},
                      Case{"augmentation_seeded", "unseeded", "generator kept"},
                      Case{"augmentation_seeded", "forgets_epoch", "Another epoch"},
                      Case{"augmentation_independent", "mixes", "over the whole batch"},
                      Case{"masked_share", "cutout_half", "half-length"}),
    [](const auto& info) { return info.param.probe + "_" + info.param.plugin; });

struct Death {
  std::string kind, plugin, code;
};
class DeadPlugin : public RealProbes {};

TEST_F(DeadPlugin, EndsTheRunWithItsOwnFailureAndNothingElse) {
  for (const Death& one : std::vector<Death>{{"model", "dies_in_evaluation", "CRASHED"},
                                             {"model", "loops_in_evaluation", "TIMEOUT"},
                                             {"model", "throws_in_evaluation", "ERROR"},
                                             {"activation", "dies_on_vectors", "CRASHED"},
                                             {"activation", "loops_on_vectors", "TIMEOUT"},
                                             {"activation", "throws_on_vectors", "ERROR"},
                                             {"augmentation", "dies_in_apply", "CRASHED"},
                                             {"augmentation", "loops_in_apply", "TIMEOUT"},
                                             {"augmentation", "throws_in_apply", "ERROR"}}) {
    RunPlan dying = plan(one.kind, one.plugin);
    std::erase_if(dying.probes, [&](const ProbeSpec& probe) {
      const ProbeInfo* info = find_probe_info(probe.name);
      return info->subject != one.kind || info->weights != "init" || info->claimed;
    });
    dying.limits.cpu_s = 3;
    const Evidence made = run(dying);
    EXPECT_EQ(made.status, "failed") << one.plugin;
    ASSERT_TRUE(made.failure) << one.plugin;
    EXPECT_EQ(made.failure->code, one.code) << one.plugin << ": " << made.failure->what;
    EXPECT_EQ(made.failure->fault, Fault::submission) << one.plugin;
    for (const ProbeOutcome& probe : made.probes) {
      if (fake::asks_examiner(probe.name)) EXPECT_EQ(probe.verdict, "error") << probe.name;
    }
  }
}

}  // namespace
}  // namespace gradus::supervisor
