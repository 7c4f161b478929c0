// Where answers come from, what a trainer claims, activations and augmentations: each probe with a
// behaviour that fails it. That "good" passes all is shown in probes_test.cpp.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "framework/record/probes.hpp"
#include "framework/supervisor/testing/fixture.hpp"

namespace gradus::supervisor {
namespace {

using testing::HasSubstr;

struct Case {
  const char *probe, *behaviour, *said;
};
void PrintTo(const Case& one, std::ostream* out) { *out << one.probe << " of " << one.behaviour; }

class FailedProbe : public ::testing::TestWithParam<Case> {
 protected:
  fake::FakeInstallation installation_;
};

TEST_P(FailedProbe, SaysFoundWantedAndCause) {
  RunPlan plan = installation_.plan(GetParam().behaviour, "probe");
  std::erase_if(plan.probes, [](const ProbeSpec& spec) { return spec.name != GetParam().probe; });
  const auto made = fake::run(installation_, plan);
  ASSERT_TRUE(made.ok()) << made.error().text();
  ASSERT_EQ(made->evidence.status, "done")
      << (made->evidence.failure ? made->evidence.failure->what : "");
  ASSERT_EQ(made->evidence.probes.size(), 1U);
  const ProbeOutcome& outcome = made->evidence.probes[0];
  EXPECT_EQ(outcome.verdict, "fail") << outcome.message;
  EXPECT_THAT(outcome.message, HasSubstr(GetParam().said));
  EXPECT_EQ(outcome.trust,
            find_probe_info(outcome.name)->claimed ? Trust::claimed : Trust::recomputed);
  EXPECT_TRUE(evidence_from_json(to_json(made->evidence)).ok());
}

INSTANTIATE_TEST_SUITE_P(
    All, FailedProbe,
    ::testing::Values(
        Case{"softmax_output", "examiner_softmax", "softmax before cross-entropy"},
        Case{"repeated_evaluation", "examiner_random", "dropout"},
        Case{"repeated_evaluation", "examiner_keeps_state", "after other images"},
        Case{"frozen_parameters", "frozen", "fc.bias"},
        Case{"state_round_trip", "cannot_learn", "not registered"},
        Case{"zeroed_weights", "examiner_hides_weights", "outside parameters()"},
        Case{"zeroed_weights", "examiner_nan", "NaN"},
        Case{"permuted_weights", "examiner_ignores_weights", "other tensors"},
        Case{"evaluation_keeps_buffers", "trainer_changes_buffers", "norm.mean"},
        Case{"gradients", "trainer_vanishes", "vanishing"},
        Case{"gradients", "trainer_explodes", "exploding"},
        Case{"gradients", "trainer_claims_nothing_finite", "NaN"},
        Case{"input_statistics", "trainer_normalises_again", "double normalisation"},
        Case{"activation_statistics", "trainer_fades", "2 linear"},
        Case{"dead_units", "trainer_dies_off", "dead units"},
        Case{"memory_slope", "trainer_leaks", "100 KiB a step"},
        Case{"activation_shape", "examiner_bad_output", "a tuple came out"},
        Case{"activation_shape", "examiner_wrong_shape", "wanted float32 of the same shape"},
        Case{"activation_shape", "examiner_nan", "NaN"},
        Case{"activation_elementwise", "examiner_uses_the_mean", "a mean"},
        Case{"activation_elementwise", "examiner_counts_calls", "state between calls"},
        Case{"activation_values", "examiner_wrong_function", "as swish has it"},
        Case{"activation_values", "examiner_nan", "nan"},
        Case{"activation_derivative", "examiner_cuts_gradient", "detach()"},
        Case{"activation_derivative", "examiner_float64", "float64"},
        Case{"augmentation_shape", "examiner_bad_output", "a tuple came out"},
        Case{"augmentation_shape", "examiner_nan", "division"},
        Case{"augmentation_range", "examiner_brightens", "clamp()"},
        Case{"augmentation_seeded", "examiner_keeps_a_generator", "generator kept"},
        Case{"augmentation_seeded", "examiner_ignores_the_seed", "Another seed"},
        Case{"augmentation_seeded", "examiner_ignores_the_epoch", "Another epoch"},
        Case{"augmentation_independent", "examiner_goes_by_company", "over the whole batch"},
        Case{"masked_share", "examiner_takes_length_for_half", "half-length"}),
    [](const auto& info) { return std::string(info.param.probe) + "_" + info.param.behaviour; });

}  // namespace
}  // namespace gradus::supervisor
