// Every probe against a worker that dies, hangs or lies in it: the right failure, and no more than
// that is lost.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "framework/record/probes.hpp"
#include "framework/supervisor/testing/fixture.hpp"

namespace gradus::supervisor {
namespace {

using testing::AnyOf;
using testing::HasSubstr;

struct Fault {
  const char *behaviour, *code;
};

class EveryProbe : public ::testing::TestWithParam<std::string> {
 protected:
  /// A run of this probe alone.
  Evidence evidence(const std::string& behaviour) {
    RunPlan plan = installation_.plan(behaviour, "probe");
    std::erase_if(plan.probes, [](const ProbeSpec& spec) { return spec.name != GetParam(); });
    auto made = fake::run(installation_, plan, 400);
    EXPECT_TRUE(made.ok()) << made.error().text();
    if (!made.ok()) return {};
    EXPECT_TRUE(evidence_from_json(to_json(made->evidence)).ok()) << behaviour;
    EXPECT_EQ(made->evidence.probes.size(), 1U) << behaviour;
    return made->evidence;
  }
  void expect_failure(const Fault& fault) {
    const Evidence made = evidence(fault.behaviour);
    EXPECT_EQ(made.status, "failed") << fault.behaviour;
    ASSERT_TRUE(made.failure) << fault.behaviour;
    EXPECT_EQ(made.failure->fault, Fault_::submission) << fault.behaviour;
    EXPECT_EQ(made.failure->code, fault.code) << fault.behaviour << ": " << made.failure->what;
  }
  using Fault_ = gradus::Fault;

  fake::FakeInstallation installation_;
};

TEST_P(EveryProbe, OutlivesADeadAHangingAndALyingExaminer) {
  if (!fake::asks_examiner(GetParam())) return;
  for (const Fault fault : {Fault{"examiner_exam_segfault", "CRASHED"},
                            {"examiner_exam_exit7", "CRASHED"},
                            {"examiner_exam_silent", "TIMEOUT"},
                            {"examiner_replayed_nonce", "TAMPERED"},
                            {"examiner_short_payload", "TAMPERED"}}) {
    expect_failure(fault);
    const Evidence made = evidence(fault.behaviour);
    ASSERT_EQ(made.probes.size(), 1U);
    EXPECT_EQ(made.probes[0].verdict, "error") << fault.behaviour << made.probes[0].message;
  }
}

TEST_P(EveryProbe, OutlivesADeadAHangingAndALyingTrainer) {
  for (const Fault fault : {Fault{"trainer_probe_segfault", "CRASHED"},
                            {"trainer_probe_silent", "TIMEOUT"},
                            {"trainer_measure_segfault", "CRASHED"},
                            {"trainer_measure_silent", "TIMEOUT"},
                            {"trainer_claims_unasked", "TAMPERED"}}) {
    expect_failure(fault);
  }
}

TEST_P(EveryProbe, NeverPassesOnAClaimOfWrongForm) {
  if (!find_probe_info(GetParam())->claimed) return;
  expect_failure({"trainer_claims_twice", "TAMPERED"});
  for (const char* behaviour :
       {"trainer_claims_nothing", "trainer_claims_garbage", "trainer_claims_nothing_finite",
        "trainer_claims_an_empty_object"}) {
    const Evidence made = evidence(behaviour);
    EXPECT_EQ(made.status, "done") << behaviour;
    ASSERT_EQ(made.probes.size(), 1U);
    EXPECT_EQ(made.probes[0].verdict, "fail") << behaviour << ": " << made.probes[0].message;
    EXPECT_THAT(made.probes[0].message, testing::Not(HasSubstr("\x1b")));
  }
  // More than a header holds ends the run, less is a wrong form.
  const Evidence made = evidence("trainer_claims_too_much");
  ASSERT_EQ(made.probes.size(), 1U);
  EXPECT_THAT(made.probes[0].verdict, AnyOf("fail", "error"));
}

// A lab may leave the plugin open, and the submission brings none.
TEST_P(EveryProbe, FailsWithoutThePluginThatItLooksAt) {
  const std::string subject = find_probe_info(GetParam())->subject;
  if (subject == "model") return;
  RunPlan plan = installation_.plan("good", "probe");
  std::erase_if(plan.probes, [](const ProbeSpec& spec) { return spec.name != GetParam(); });
  (subject == "activation" ? plan.activation : plan.augmentation).reset();
  const auto made = fake::run(installation_, plan);
  ASSERT_TRUE(made.ok()) << made.error().text();
  EXPECT_EQ(made->evidence.status, "done");
  ASSERT_EQ(made->evidence.probes.size(), 1U);
  EXPECT_EQ(made->evidence.probes[0].verdict, "fail");
  EXPECT_THAT(made->evidence.probes[0].message, HasSubstr("brings no " + subject));
}

std::vector<std::string> names() {
  std::vector<std::string> all;
  for (const ProbeInfo& info : probe_table()) all.push_back(info.name);
  return all;
}
INSTANTIATE_TEST_SUITE_P(Probes, EveryProbe, ::testing::ValuesIn(names()),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace gradus::supervisor
