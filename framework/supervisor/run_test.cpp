// Whole runs against the fake worker (testing/fake_worker.cpp): honest ones and every way to lie,
// die or dawdle that the protocol offers.

#include "framework/supervisor/run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "framework/core/text.hpp"
#include "framework/supervisor/testing/fixture.hpp"

namespace gradus::supervisor {
namespace {

using testing::Contains;
using testing::Each;
using testing::HasSubstr;

class RunOf : public ::testing::Test {
 protected:
  RunRecord record(const RunPlan& plan, double stall_ms = 60'000) {
    auto made = fake::run(installation_, plan, stall_ms);
    EXPECT_TRUE(made.ok()) << made.error().text();
    return made.ok() ? *made : RunRecord{};
  }
  RunRecord record(const std::string& behaviour) { return record(installation_.plan(behaviour)); }

  fake::FakeInstallation installation_;
};

TEST_F(RunOf, AnHonestModelIsExaminedAfterEveryEpoch) {
  const RunRecord made = record("good");
  const Evidence& evidence = made.evidence;
  EXPECT_EQ(evidence.status, "done") << (evidence.failure ? evidence.failure->what : "");
  ASSERT_EQ(evidence.epochs.size(), 4U);
  EXPECT_FALSE(evidence.epochs[0].train_loss);
  EXPECT_NEAR(*evidence.epochs[0].val_accuracy, 0.25, 0.08);
  for (std::size_t i = 1; i < 4; ++i) {
    EXPECT_EQ(evidence.epochs[i].epoch, static_cast<std::int64_t>(i));
    EXPECT_GT(*evidence.epochs[i].val_accuracy, *evidence.epochs[i - 1].val_accuracy);
    EXPECT_DOUBLE_EQ(*evidence.epochs[i].train_loss, 2.0 / static_cast<double>(i * (i + 1)));
  }
  EXPECT_EQ(evidence.best_epoch, 3);
  EXPECT_EQ(evidence.parameters, 6);
  EXPECT_EQ(evidence.tensors.size(), 3U);
  EXPECT_EQ(evidence.scores.at("best_val").count, 300);
  EXPECT_DOUBLE_EQ(evidence.scores.at("best_val").accuracy, *evidence.epochs[3].val_accuracy);
  EXPECT_EQ(evidence.scores.at("train").count, 280);
  EXPECT_EQ(evidence.scores.at("test").count, 100);
  EXPECT_THAT(evidence.warnings,
              testing::ElementsAre("a warning of the trainer", "a warning of the examiner"));
  EXPECT_EQ(made.observed.workers.size(), 2U);
  EXPECT_EQ(made.observed.epoch_wall_ms.size(), 3U);
  EXPECT_THAT(made.observed.log, HasSubstr("trainer starts"));
}

TEST_F(RunOf, StockLeavesTheHeapAloneToo) {
  RunPlan plan = installation_.plan("shows_heap");
  EXPECT_THAT(record(plan).observed.log,
              HasSubstr("GLIBC_TUNABLES=glibc.malloc.hugetlb=1\nGRADUS_HEAP=\n"));
  plan.engine = "stock";
  EXPECT_THAT(record(plan).observed.log, HasSubstr("GLIBC_TUNABLES=\nGRADUS_HEAP=stock\n"));
}

/// With forty threads a worker went over the limit, and its submission was blamed.
TEST_F(RunOf, ThreadsOfThePlanAreWithinTheLimitOfProcesses) {
  WorkerSpec spec;
  spec.plan = installation_.plan("good");
  spec.program = installation_.paths().program("gradus-worker");
  spec.plan.threads = 1;
  const auto one = confinement(spec);
  ASSERT_TRUE(one.ok()) << one.error().text();
  spec.plan.threads = 80;
  const auto many = confinement(spec);
  ASSERT_TRUE(many.ok()) << many.error().text();
  EXPECT_GE(one->limits.processes, 64);
  EXPECT_LE(one->limits.processes, 80) << "a bomb of threads still ends early";
  EXPECT_GE(many->limits.processes, 64 + 3 * 80) << "three teams";
}

TEST_F(RunOf, AnHonestModelLeavesTensorsInSplitOrder) {
  const RunRecord made = record("good");
  const NpyArray& logits = made.arrays.at("best_val_logits.npy");
  EXPECT_THAT(logits.shape, testing::ElementsAre(300, 4));
  EXPECT_EQ(made.arrays.at("val_labels.npy").dtype, "int64");
  EXPECT_EQ(made.arrays.at("val_labels.npy").shape[0], 300);
  EXPECT_EQ(made.arrays.at("test_logits.npy").shape[0], 100);
  EXPECT_EQ(made.arrays.at("mistakes_images.npy").shape[0],
            made.arrays.at("mistakes_labels.npy").shape[0]);
  for (const auto& [name, array] : made.arrays) {
    EXPECT_THAT(name, testing::Not(HasSubstr("test_labels")));  // never in evidence
  }
  // Recomputed from the arrays alone: the accuracy of the evidence.
  Logits rows{300, 4, std::vector<float>(1200)};
  std::memcpy(rows.values.data(), logits.bytes.data(), logits.bytes.size());
  std::vector<std::int64_t> wide(300);
  std::memcpy(wide.data(), made.arrays.at("val_labels.npy").bytes.data(), 300 * 8);
  const std::vector<std::uint8_t> labels(wide.begin(), wide.end());
  EXPECT_DOUBLE_EQ(accuracy(rows, labels), made.evidence.scores.at("best_val").accuracy);
}

TEST_F(RunOf, EqualPlansGiveEqualEvidence) {
  const RunRecord one = record("good"), two = record("good");
  EXPECT_EQ(to_json(one.evidence).dump(), to_json(two.evidence).dump());
  EXPECT_EQ(one.events, two.events);
  ASSERT_EQ(one.arrays.size(), two.arrays.size());
  for (const auto& [name, array] : one.arrays)
    EXPECT_EQ(array.bytes, two.arrays.at(name).bytes) << name;
}

TEST_F(RunOf, TheBestWeightsAreKeptThoughTrainingGoesOn) {
  RunPlan plan = installation_.plan("overtrains");
  plan.recipe.epochs = 5;
  const Evidence evidence = record(plan).evidence;
  EXPECT_EQ(evidence.best_epoch, 2);
  EXPECT_GT(evidence.scores.at("best_val").accuracy, evidence.scores.at("final_val").accuracy);
  EXPECT_DOUBLE_EQ(evidence.scores.at("final_val").accuracy, *evidence.epochs[5].val_accuracy);
}

TEST_F(RunOf, FewerImagesAreExaminedWhereThePlanSaysSo) {
  RunPlan plan = installation_.plan("good");
  plan.exam_val_images = 40;
  plan.exam_train_images = 30;
  const Evidence evidence = record(plan).evidence;
  EXPECT_EQ(evidence.scores.at("best_val").count, 40);
  EXPECT_EQ(evidence.scores.at("train").count, 30);
  plan.exam_train_images = 0;
  plan.train_images = 100;
  EXPECT_EQ(record(plan).evidence.scores.at("train").count, 100);
}

TEST_F(RunOf, TestImagesAreMirroredWhereThePlanSaysSo) {
  RunPlan plan = installation_.plan("good");
  EXPECT_FALSE(record(plan).evidence.scores.contains("test_mirror"));
  plan.exam_mirror = true;
  const RunRecord made = record(plan);
  const SplitScore& test = made.evidence.scores.at("test");
  const SplitScore& both = made.evidence.scores.at("test_mirror");
  EXPECT_EQ(both.count, 100);
  EXPECT_NE(both.loss, test.loss) << "this model sees a mirror image with other eyes";
  EXPECT_DOUBLE_EQ(test.accuracy, record("good").evidence.scores.at("test").accuracy);
  const NpyArray& array = made.arrays.at("test_mirror_logits.npy");
  ASSERT_THAT(array.shape, testing::ElementsAre(100, 4));
  std::vector<float> rows(400);
  std::memcpy(rows.data(), array.bytes.data(), array.bytes.size());
  for (std::size_t i = 0; i < 100; ++i) {  // logarithms of probabilities
    double sum = 0;
    for (std::size_t k = 0; k < 4; ++k) sum += std::exp(static_cast<double>(rows[4 * i + k]));
    ASSERT_NEAR(sum, 1, 1e-5);
  }
}

TEST_F(RunOf, AMirroredTestChangesNothingForASymmetricModel) {
  RunPlan plan = installation_.plan("examiner_symmetric");
  plan.exam_mirror = true;
  plan.recipe.keep = "last";
  const Evidence evidence = record(plan).evidence;
  const SplitScore &test = evidence.scores.at("test"), &both = evidence.scores.at("test_mirror");
  EXPECT_DOUBLE_EQ(both.accuracy, test.accuracy);
  EXPECT_NEAR(both.loss, test.loss, 1e-6);
  EXPECT_EQ(both.confusion, test.confusion);
}

TEST_F(RunOf, BatchDependenceIsAWarningOnce) {
  const Evidence evidence = record("examiner_batch_dependent").evidence;
  EXPECT_EQ(evidence.status, "done");
  EXPECT_THAT(evidence.warnings, testing::Contains(HasSubstr("batch dependence")).Times(1));
  EXPECT_THAT(record("good").evidence.warnings, Each(testing::Not(HasSubstr("batch dependence"))));
}

TEST_F(RunOf, DivergenceIsAResult) {
  const Evidence seen = record("examiner_nan_later").evidence;
  EXPECT_EQ(seen.status, "diverged");
  EXPECT_EQ(seen.diverged_epoch, 2);
  EXPECT_FALSE(seen.failure);
  EXPECT_EQ(seen.epochs.size(), 3U);
  EXPECT_FALSE(seen.epochs[2].val_accuracy);
  EXPECT_EQ(seen.best_epoch, 1);
  EXPECT_FALSE(seen.scores.contains("final_val"));

  const Evidence claimed = record("trainer_diverged").evidence;
  EXPECT_EQ(claimed.status, "diverged");
  EXPECT_EQ(claimed.diverged_epoch, 2);
  EXPECT_FALSE(claimed.failure);
}

TEST_F(RunOf, EarlyDivergenceHasNoBestEpoch) {
  RunPlan plan = installation_.plan("examiner_nan_later");
  plan.recipe.epochs = 1;  // skill 25 after it: finite
  EXPECT_EQ(record(plan).evidence.status, "done");
}

struct Hostile {
  const char* behaviour;
  const char* code;
  const char* what;  ///< part of the message
  const char* phase;
};
void PrintTo(const Hostile& one, std::ostream* out) { *out << one.behaviour; }

class HostileRun : public RunOf, public ::testing::WithParamInterface<Hostile> {};

TEST_P(HostileRun, EndsAsFailedWithItsCode) {
  const Hostile& hostile = GetParam();
  RunPlan plan = installation_.plan(hostile.behaviour);
  plan.limits = {2, 20, 256, 16};
  const Evidence evidence = record(plan, 1000).evidence;
  EXPECT_EQ(evidence.status, "failed");
  ASSERT_TRUE(evidence.failure);
  EXPECT_EQ(evidence.failure->fault, Fault::submission);
  EXPECT_EQ(evidence.failure->code, hostile.code) << evidence.failure->what;
  EXPECT_THAT(evidence.failure->what, HasSubstr(hostile.what));
  EXPECT_THAT(evidence.failure->phase, HasSubstr(hostile.phase));
  EXPECT_EQ(evidence.failure->what.find('\x1b'), std::string::npos);
  EXPECT_TRUE(evidence.scores.empty());
  EXPECT_TRUE(evidence_from_json(to_json(evidence)).ok());
}

INSTANTIATE_TEST_SUITE_P(
    Lies, HostileRun,
    ::testing::Values(
        Hostile{"trainer_replayed_nonce", "TAMPERED", "nonce", "epoch 2"},
        Hostile{"trainer_sequence_gap", "TAMPERED", "out of sequence", "epoch 2"},
        Hostile{"trainer_unasked", "TAMPERED", "'loaded' unasked", "epoch 2"},
        Hostile{"trainer_unknown_key", "TAMPERED", "unknown key", "epoch 2"},
        Hostile{"trainer_giant_header", "TAMPERED", "header of", "epoch 2"},
        Hostile{"trainer_giant_payload", "TAMPERED", "payload of", "epoch 2"},
        Hostile{"trainer_garbage", "TAMPERED", "the trainer sent", "epoch 2"},
        Hostile{"trainer_too_far", "TAMPERED", "epoch 99 of 3", "epoch 2"},
        Hostile{"trainer_skips_epoch", "TAMPERED", "out of turn", "epoch 2"},
        Hostile{"trainer_early_end", "TAMPERED", "after 1 of 3 epochs", "epoch 2"},
        Hostile{"trainer_wrong_sha", "TAMPERED", "sha256", "epoch 1"},
        Hostile{"trainer_truncated_tensor", "TAMPERED", "its shape wants", "epoch 1"},
        Hostile{"trainer_huge_shape", "TAMPERED", "larger than the cap", "epoch 1"},
        Hostile{"trainer_changed_tensors", "TAMPERED", "tensors changed", "epoch 2"},
        Hostile{"trainer_after_end", "TAMPERED", "after its end", "end"},
        Hostile{"trainer_exit1_after_end", "CRASHED", "code 1", "exit"},
        Hostile{"examiner_replayed_nonce", "TAMPERED", "nonce", "initial weights"},
        Hostile{"examiner_answers_twice", "TAMPERED", "nonce", "initial weights"},
        Hostile{"examiner_short_payload", "TAMPERED", "bytes of logits", "initial weights"},
        Hostile{"examiner_wrong_shape", "INVALID_OUTPUT", "wanted float32", "initial weights"},
        Hostile{"examiner_float64", "INVALID_OUTPUT", "float64", "initial weights"},
        Hostile{"examiner_bad_output", "INVALID_OUTPUT", "a tuple came out", "initial weights"},
        Hostile{"examiner_nan", "INVALID_OUTPUT", "NaN", "initial weights"}),
    [](const auto& info) { return info.param.behaviour; });

INSTANTIATE_TEST_SUITE_P(
    Deaths, HostileRun,
    ::testing::Values(
        Hostile{"trainer_load_exit0", "LOAD_FAILED", "code 0 while it loaded", "load"},
        Hostile{"trainer_load_exit7", "LOAD_FAILED", "code 7 while it loaded", "load"},
        Hostile{"trainer_load_segfault", "CRASHED", "SIGSEGV", "load"},
        Hostile{"trainer_load_failed", "ERROR", "31mwords", "forward"},
        Hostile{"trainer_load_silent", "TIMEOUT", "neither computed nor answered", "load"},
        Hostile{"trainer_epoch_exit0", "CRASHED", "code 0 before its work was done", "epoch 2"},
        Hostile{"trainer_epoch_segfault", "CRASHED", "SIGSEGV", "epoch 2"},
        Hostile{"trainer_epoch_failed", "ERROR", "own", "forward"},
        Hostile{"trainer_epoch_silent", "TIMEOUT", "neither computed nor answered", "epoch 2"},
        Hostile{"trainer_epoch_spin", "TIMEOUT", "2 s of CPU time", "epoch 2"},
        Hostile{"trainer_epoch_hog", "OOM", "256 MiB", "epoch 2"},
        Hostile{"trainer_epoch_closed", "TAMPERED", "closed its descriptors", "epoch 2"},
        Hostile{"trainer_dies_in_tensor", "CRASHED", "SIGSEGV", "epoch 1"},
        Hostile{"examiner_load_exit0", "LOAD_FAILED", "the examiner exited with code 0", "load"},
        Hostile{"examiner_load_silent", "TIMEOUT", "neither computed nor answered", "load"},
        Hostile{"examiner_epoch_segfault", "CRASHED", "SIGSEGV", "exam, epoch 1"},
        Hostile{"examiner_epoch_silent", "TIMEOUT", "neither", "exam, epoch 1"},
        Hostile{"examiner_epoch_spin", "TIMEOUT", "2 s of CPU time", "exam, epoch 1"},
        Hostile{"examiner_epoch_failed", "ERROR", "own", "forward"}),
    [](const auto& info) { return info.param.behaviour; });

TEST_F(RunOf, FailuresGiveEqualEvidence) {
  for (const char* behaviour :
       {"trainer_epoch_segfault", "examiner_epoch_segfault", "examiner_nan_later"}) {
    const RunRecord one = record(behaviour), two = record(behaviour);
    EXPECT_EQ(to_json(one.evidence).dump(), to_json(two.evidence).dump()) << behaviour;
    EXPECT_EQ(one.events, two.events) << behaviour;
  }
}

TEST_F(RunOf, AMissingWorkerIsOurFault) {
  const RunPlan plan = installation_.plan("good");
  fs::remove(installation_.paths().program("gradus-worker"));
  const auto made = fake::run(installation_, plan);
  ASSERT_FALSE(made.ok());
  EXPECT_EQ(made.error().fault, Fault::infrastructure);
}

TEST_F(RunOf, AKillFromOutsideIsNoVerdict) {
  const auto made = fake::run(installation_, installation_.plan("trainer_epoch_sigkill"));
  ASSERT_FALSE(made.ok());
  EXPECT_EQ(made.error().fault, Fault::infrastructure);
  EXPECT_THAT(made.error().what, HasSubstr("SIGKILL"));
}

TEST_F(RunOf, WorksInTheFullSandbox) {
  RunPlan plan = installation_.plan("good");
  plan.sandbox = "full";
  const auto made = fake::run(installation_, plan);
  if (!made.ok() && made.error().where.starts_with("sandbox")) GTEST_SKIP() << made.error().text();
  ASSERT_TRUE(made.ok()) << made.error().text();
  EXPECT_EQ(made->evidence.status, "done");
  EXPECT_THAT(made->observed.sandbox_layers, Contains("namespaces"));
}

TEST_F(RunOf, AMissingLibraryIsOurFault) {
  const RunPlan plan = installation_.plan("good");
  fs::remove(plan.model.library);
  const auto made = fake::run(installation_, plan);
  ASSERT_FALSE(made.ok());
  EXPECT_EQ(made.error().fault, Fault::infrastructure);
  EXPECT_THAT(made.error().what, HasSubstr("missing"));
}

TEST_F(RunOf, OtherDataThanThePlansIsRefused) {
  RunPlan plan = installation_.plan("good");
  plan.data.hash = std::string(64, 'f');
  const auto made = fake::run(installation_, plan);
  ASSERT_FALSE(made.ok());
  EXPECT_EQ(made.error().fault, Fault::infrastructure);
  EXPECT_THAT(made.error().what, HasSubstr("not the one"));
}

TEST_F(RunOf, ARecordIsWrittenAndReadBack) {
  const RunRecord made = record("good");
  const fs::path folder = installation_.paths().home / "staging";
  ASSERT_TRUE(make_folder(folder).ok());
  const Status written = write_record(folder, made);
  ASSERT_TRUE(written.ok()) << written.error().text();
  const auto read = read_evidence(folder);
  ASSERT_TRUE(read.ok()) << read.error().text();
  EXPECT_EQ(to_json(read->evidence), to_json(made.evidence));
  const auto events = read_file(folder / "events.jsonl");
  ASSERT_TRUE(events.ok());
  // Hand-overs 4, epochs' ends 3, their last progress 3; nothing that depends on a clock.
  EXPECT_EQ(std::count(events->begin(), events->end(), '\n'), 10);
  EXPECT_EQ(events->find("\"seq\""), std::string::npos);
  EXPECT_TRUE(fs::exists(folder / "test_logits.npy"));
}

}  // namespace
}  // namespace gradus::supervisor
