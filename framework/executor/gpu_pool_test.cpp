// The pool over made-up GPUs, with real supervisor processes and the fake worker.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "framework/executor/testing.hpp"
#include "framework/supervisor/testing/gpus.hpp"

namespace gradus::executor {
namespace {

using testing::HasSubstr;

class GpuPool : public Executor {
 protected:
  PlannedRun on_gpu(const std::string& behaviour, std::uint64_t seed = 0) const {
    PlannedRun run = planned(behaviour, seed);
    run.run.device = "cuda";
    run.run.device_name = "NVIDIA H200";
    run.run.limits.gpu_memory_mib = 4000;
    return run;
  }
  Options with(const std::vector<Gpu>& gpus) {
    Options made = options();
    made.jobs = 8;
    made.resources = Resources{8, 0, gpus};
    return made;
  }
  /// GPUs that the supervisors at work were given.
  std::multiset<std::string> given() const {
    std::multiset<std::string> found;
    for (const pid_t pid : processes("gradus-supervisor")) {
      std::ifstream file("/proc/" + std::to_string(pid) + "/cmdline");
      const std::string line{std::istreambuf_iterator<char>(file), {}};
      const std::string option = std::string("--gpu") + std::string(1, 0);
      const auto at = line.find(option);
      if (at != std::string::npos) found.insert(line.c_str() + at + option.size());
    }
    return found;
  }
};

TEST_F(GpuPool, RunsShareGpusWithinTheirMemory) {
  // Each has room for two runs and their contexts.
  const supervisor::fake::FakeGpus machine(paths().home / "machine", 2, 11'200);
  Plan plan{"lab", "quick", {}};
  for (std::uint64_t seed = 0; seed < 5; ++seed) plan.runs.push_back(on_gpu("gated", seed));
  Options how = with(machine.gpus());
  std::set<std::size_t> training;
  std::multiset<std::string> together;
  const auto note = how.on_progress;
  how.on_progress = [&](const RunProgress& progress) {
    note(progress);
    if (progress.epoch >= 1) training.insert(progress.index);
    if (training.size() == 4 && together.empty()) {
      together = given();
      open_gate();
    }
  };
  const auto entries = execute(plan, how);
  EXPECT_THAT(together, testing::ElementsAre("GPU-0", "GPU-0", "GPU-1", "GPU-1"));
  ASSERT_EQ(entries.size(), 5U);
  for (const Entry& entry : entries) {
    ASSERT_FALSE(entry.not_graded) << entry.not_graded->what;
    EXPECT_EQ(read_evidence(entry.evidence)->observed.host.at("gpu"), "NVIDIA H200");
  }
}

TEST_F(GpuPool, ALostGpuIsTriedTwiceMoreAndTheOthersGoOn) {
  const supervisor::fake::FakeGpus machine(paths().home / "machine", 1);
  const Plan plan{"lab",
                  "quick",
                  {on_gpu("trainer_epoch_lostgpu"), on_gpu("good"), planned("good"),
                   on_gpu("trainer_epoch_fullgpu")}};
  const auto entries = execute(plan, with(machine.gpus()));
  ASSERT_TRUE(entries[0].not_graded);
  EXPECT_EQ(entries[0].not_graded->code, "DEVICE_LOST");
  EXPECT_EQ(entries[0].not_graded->fault, Fault::infrastructure);
  EXPECT_THAT(entries[0].not_graded->what, HasSubstr("the trainer lost its GPU (NVIDIA H200"));
  EXPECT_TRUE(entries[0].evidence.empty()) << "never a verdict";
  std::size_t again = 0;
  for (std::size_t at = texts_.find("tried again: the trainer lost"); at != std::string::npos;
       at = texts_.find("tried again: the trainer lost", at + 1))
    ++again;
  EXPECT_EQ(again, 2U);
  EXPECT_EQ(states_[1], "done");
  EXPECT_EQ(states_[2], "done");
  EXPECT_EQ(read_evidence(entries[3].evidence)->evidence.failure->code, "GPU_MEMORY");
}

TEST_F(GpuPool, AGpuThatVanishesMidwayIsLeftForTheOther) {
  supervisor::fake::FakeGpus machine(paths().home / "machine", 2);
  const Options how = with(machine.gpus());
  machine.lose(0);  // after the pool has counted it
  Plan plan{"lab", "quick", {}};
  for (std::uint64_t seed = 0; seed < 4; ++seed) plan.runs.push_back(on_gpu("good", seed));
  const auto entries = execute(plan, how);
  EXPECT_THAT(texts_, HasSubstr("the GPU GPU-0 answers no longer"));
  for (const Entry& entry : entries) {
    ASSERT_FALSE(entry.not_graded) << entry.not_graded->what;
    EXPECT_EQ(read_evidence(entry.evidence)->evidence.status, "done");
  }
}

TEST_F(GpuPool, WithoutAGpuOfTheClassTheEntrySaysSo) {
  const Plan plan{"lab", "quick", {on_gpu("good"), planned("good")}};
  const auto entries = execute(plan, with({}));
  ASSERT_TRUE(entries[0].not_graded);
  EXPECT_EQ(entries[0].not_graded->code, "DEVICE_LOST");
  EXPECT_THAT(entries[0].not_graded->what, HasSubstr("no GPU of the class NVIDIA H200"));
  EXPECT_EQ(states_[1], "done");
}

TEST_F(GpuPool, CachedEvidenceNeedsNoGpu) {
  const Plan plan{"lab", "quick", {on_gpu("good")}};
  {
    const supervisor::fake::FakeGpus machine(paths().home / "machine", 1);
    execute(plan, with(machine.gpus()));
  }
  EXPECT_EQ(states_[0], "done");
  execute(plan, with({}));
  EXPECT_EQ(states_[0], "cached");
}

TEST_F(Executor, MemoryIsPromisedByWhatTheFirstRunOfANetworkTook) {
  // By their limits only one fits; by what they take, all do.
  Plan plan{"lab", "quick", {planned("gated"), planned("gated", 1), planned("gated", 2)}};
  plan.runs[0].run.recipe.epochs = 4;  // goes first
  Options how = options();
  how.jobs = 3;
  how.resources = Resources{3, 600, {}};
  std::set<std::size_t> training;
  std::size_t most_before = 0, most_after = 0;
  bool first_done = false;
  const auto note = how.on_progress;
  how.on_progress = [&](const RunProgress& progress) {
    note(progress);
    if (progress.state == "running" && progress.epoch >= 1) training.insert(progress.index);
    if (progress.state == "done") training.erase(progress.index);
    if (!first_done && progress.index == 0 && progress.epoch >= 1) open_gate();
    if (progress.index == 0 && progress.state == "done") {
      first_done = true;
      fs::remove(paths().home / "gate");
    }
    std::size_t& most = first_done ? most_after : most_before;
    most = std::max(most, training.size());
    if (first_done && training.size() == 2) open_gate();
  };
  execute(plan, how);
  EXPECT_EQ(most_before, 1U);
  EXPECT_EQ(most_after, 2U);
  for (const auto& [index, state] : states_) EXPECT_EQ(state, "done") << index;
}

TEST_F(Executor, MemoryThatOthersHaveTakenIsNotPromisedAgain) {
  // At the start there is enough for all; then another command takes most of it.
  const Plan plan{"lab", "quick", {planned("good"), planned("good", 1), planned("good", 2)}};
  Options how = options();
  how.jobs = 3;
  how.resources = Resources{3, 1e6, {}, [] { return 500.0; }};
  std::set<std::size_t> running;
  std::size_t most = 0, done = 0;
  const auto note = how.on_progress;
  how.on_progress = [&](const RunProgress& progress) {
    note(progress);
    if (progress.state == "running") running.insert(progress.index);
    if (progress.state == "done") ++done;
    if (done == 0) most = std::max(most, running.size());
  };
  execute(plan, how);
  EXPECT_EQ(most, 1U) << "by its limits one run alone wants more than is left";
  EXPECT_EQ(done, 3U) << "none waits for ever";
}

}  // namespace
}  // namespace gradus::executor
