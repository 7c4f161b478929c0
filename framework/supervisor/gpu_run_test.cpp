// Runs with device "cuda", with made-up GPUs and the fake worker, which computes nothing.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "framework/supervisor/failure.hpp"
#include "framework/supervisor/gpu_trial.hpp"
#include "framework/supervisor/inputs.hpp"
#include "framework/supervisor/testing/fixture.hpp"
#include "framework/supervisor/testing/gpus.hpp"

namespace gradus::supervisor {
namespace {

using testing::HasSubstr;
using testing::Not;

class GpuRun : public ::testing::Test {
 protected:
  RunPlan plan(const std::string& behaviour) const {
    RunPlan plan = installation_.plan(behaviour);
    plan.device = "cuda";
    plan.device_name = "NVIDIA H200";
    plan.limits.gpu_memory_mib = 1024;
    return plan;
  }
  fake::FakeInstallation installation_;
  fake::FakeGpus gpus_{installation_.paths().home / "machine", 2};
};

TEST_F(GpuRun, BothWorkersGetTheOneGpuAndNoOther) {
  RunPlan shows = plan("shows_gpu");
  shows.sandbox = "full";
  const auto made = fake::run(installation_, shows);
  ASSERT_TRUE(made.ok()) << made.error().text();
  EXPECT_EQ(made->evidence.status, "done");
  const std::string& log = made->observed.log;
  for (const char* wanted :
       {"nvidiactl open", "nvidia-uvm open", "nvidia0 open", "nvidia1 closed",
        "CUDA_VISIBLE_DEVICES=GPU-0", "CUDA_DEVICE_ORDER=PCI_BUS_ID", "CUDA_CACHE_DISABLE=1"}) {
    const std::size_t first = log.find(wanted);
    ASSERT_NE(first, std::string::npos) << wanted << " in " << log;
    EXPECT_NE(log.find(wanted, first + 1), std::string::npos) << "only one worker: " << wanted;
  }
  EXPECT_EQ(made->observed.host.at("gpu"), "NVIDIA H200");
  EXPECT_EQ(made->observed.host.at("driver"), "580.65.06");
  // What CUDA reads of the machine before it starts; nothing of what else runs on it.
  for (const char* folder : {"/sys/bus", "/sys/devices/system/memory", "/sys/module"}) {
    if (fs::exists(folder)) EXPECT_THAT(log, HasSubstr(std::string(folder) + " listed"));
  }
  EXPECT_THAT(log, Not(HasSubstr("/sys/fs listed")));
}

TEST_F(GpuRun, ARunOnTheCpuGetsNone) {
  RunPlan shows = installation_.plan("shows_gpu");
  shows.sandbox = "full";
  const auto made = fake::run(installation_, shows);
  ASSERT_TRUE(made.ok()) << made.error().text();
  EXPECT_THAT(made->observed.log, Not(HasSubstr(" open")));
  EXPECT_THAT(made->observed.log, Not(HasSubstr(" listed")));
  EXPECT_THAT(made->observed.log, HasSubstr("CUDA_VISIBLE_DEVICES=\n"));
  EXPECT_FALSE(made->observed.host.contains("gpu"));
}

TEST_F(GpuRun, ALostGpuIsNoVerdict) {
  const auto made = fake::run(installation_, plan("trainer_epoch_lostgpu"));
  ASSERT_FALSE(made.ok());
  EXPECT_EQ(made.error().fault, Fault::infrastructure);
  EXPECT_EQ(made.error().where, kDeviceLost);
  EXPECT_THAT(made.error().what, HasSubstr("the trainer lost its GPU (NVIDIA H200, GPU-0)"));
}

TEST_F(GpuRun, AWorkerThatDiesWithItsGpuIsNoVerdictEither) {
  auto opened = OpenedInputs::open(plan("trainer_epoch_segfault"), installation_.paths());
  ASSERT_TRUE(opened.ok()) << opened.error().text();
  EXPECT_TRUE(opened->inputs().gpu_answers());
  gpus_.lose(0);
  const auto made = supervise(opened->inputs());
  ASSERT_FALSE(made.ok());
  EXPECT_EQ(made.error().where, kDeviceLost);
  EXPECT_THAT(made.error().what, HasSubstr("answers no longer"));
}

TEST_F(GpuRun, TooMuchOfItsMemoryIsAVerdictThatNamesTheLimit) {
  const auto made = fake::run(installation_, plan("trainer_epoch_fullgpu"));
  ASSERT_TRUE(made.ok()) << made.error().text();
  ASSERT_TRUE(made->evidence.failure);
  EXPECT_EQ(made->evidence.failure->code, kGpuMemory);
  EXPECT_EQ(made->evidence.failure->fault, Fault::submission);
  EXPECT_THAT(made->evidence.failure->what, HasSubstr("the run's 1024"));
}

TEST_F(GpuRun, ATrialSaysWhyAGpuCannotBeUsed) {
  const fake::FakeGpus four(installation_.paths().home / "four", 4);
  const auto gpus = four.gpus();
  ASSERT_EQ(gpus.size(), 4U);
  EXPECT_TRUE(try_gpu(installation_.paths(), gpus[0]).ok());
  const Status refused = try_gpu(installation_.paths(), gpus[1]);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().where, kDeviceLost);
  EXPECT_EQ(refused.error().what, "error 304");
  EXPECT_EQ(refused.error().cure, "a cure");
  const Status ended = try_gpu(installation_.paths(), gpus[2], "off");
  ASSERT_FALSE(ended.ok());
  EXPECT_THAT(ended.error().what, HasSubstr("was ended by SIGABRT"));
  const Status silent = try_gpu(installation_.paths(), gpus[3]);
  ASSERT_FALSE(silent.ok());
  EXPECT_THAT(silent.error().what, HasSubstr("exited with code 127: cannot load"));
}

TEST_F(GpuRun, TakesTheGpuThatItIsGiven) {
  const GpuReport report = find_gpus(GpuSource::this_machine());
  EXPECT_EQ(gpu_of_run(plan("good"), report, "GPU-1")->index, 1);
  EXPECT_EQ(gpu_of_run(plan("good"), report, "1")->uuid, "GPU-1");
  EXPECT_EQ(gpu_of_run(plan("good"), report, "")->uuid, "GPU-0");
  const auto gone = gpu_of_run(plan("good"), report, "GPU-7");
  ASSERT_FALSE(gone.ok());
  EXPECT_EQ(gone.error().where, kDeviceLost);
  EXPECT_THAT(gone.error().what, HasSubstr("GPU-7 answers no longer"));
  RunPlan other = plan("good");
  other.device_name = "NVIDIA A100";
  const auto unfit = gpu_of_run(other, report, "GPU-1");
  ASSERT_FALSE(unfit.ok());
  EXPECT_THAT(unfit.error().what, HasSubstr("for a NVIDIA A100, this is a NVIDIA H200"));
}

TEST_F(GpuRun, WithoutAnyGpuItSaysSo) {
  gpus_.lose(0);
  gpus_.lose(1);
  const auto made = fake::run(installation_, plan("good"));
  ASSERT_FALSE(made.ok());
  EXPECT_EQ(made.error().fault, Fault::infrastructure);
  EXPECT_THAT(made.error().what, HasSubstr("no GPU answers"));
}

}  // namespace
}  // namespace gradus::supervisor
