// A run on a real GPU, through the real program: what must hold before anybody relies on one. Needs
// a GPU with its driver and NVIDIA's libraries beside LibTorch ('./gradus setup --gpu'); elsewhere
// each test says that there is none. The same way with everything but CUDA itself is tested on any
// machine (device_test.cpp).

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <functional>
#include <utility>

#include "framework/core/gpu.hpp"
#include "framework/worker/testing/worker_process.hpp"

namespace gradus::worker::test {
namespace {

using ::testing::HasSubstr;

/// The last of seven batches is smaller; an epoch has enough of them that steps are replayed.
constexpr std::int64_t kImages = 210;

class OnAGpu : public ::testing::Test {
 protected:
  void SetUp() override {
    const GpuReport report = find_gpus(GpuSource::this_machine());
    if (report.gpus.empty()) GTEST_SKIP() << "no GPU answers here: " << report.problem;
    name_ = report.gpus.front().name;
    // As the supervisor sets it; without it cuBLAS gives results that differ from run to run.
    setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8", 1);
  }
  RunPlan plan(const std::string& model, const std::string& engine = "gradus") const {
    RunPlan plan = small_plan(model);
    plan.device = "cuda";
    plan.device_name = name_;
    plan.engine = engine;
    plan.limits.gpu_memory_mib = 2048;
    plan.recipe.epochs = 4;
    return plan;
  }
  static RunPlan on_cpu(RunPlan plan) {
    plan.device = "cpu";
    plan.device_name.clear();
    plan.limits.gpu_memory_mib = 0;
    return plan;
  }
  static TrainerTalk train(const RunPlan& plan, const TrainerOrders& orders = {}) {
    TrainerTalk talk = run_trainer(plan, quadrant_images(kImages, 1), orders);
    EXPECT_EQ(talk.exit_code, 0) << talk.printed;
    EXPECT_FALSE(talk.weights.empty());
    return talk;
  }
  static std::string last_hash(const TrainerTalk& talk) {
    return talk.weights.empty() ? "" : talk.weights.back().sha256;
  }
  static std::string warnings(const TrainerTalk& talk) {
    return talk.end.is_object() ? talk.end.value("warnings", Json::array()).dump() : "no end";
  }
  std::string name_;
};

TEST_F(OnAGpu, FiftyStepsHaveTheCpusLosses) {
  RunPlan gpu = plan("small");
  gpu.model.options["bn"] = true;
  gpu.recipe.epochs = 8;  // of seven steps
  const TrainerTalk there = train(gpu), here = train(on_cpu(gpu));
  ASSERT_EQ(there.epochs.size(), 8U);
  ASSERT_EQ(here.epochs.size(), 8U);
  EXPECT_EQ(there.weights.front().sha256, here.weights.front().sha256) << "drawn on the CPU";
  for (std::size_t i = 0; i < 8; ++i) {
    const double wanted = here.epochs[i]["train_loss"].get<double>();
    // Sums are taken in another order, and training makes small differences larger.
    EXPECT_NEAR(there.epochs[i]["train_loss"].get<double>(), wanted, 1e-4 + 0.02 * wanted)
        << "epoch " << i + 1;
  }
  EXPECT_EQ(there.ready["engine"]["device"]["name"], name_);
}

// What recording is allowed to change is the time.
TEST_F(OnAGpu, RecordedStepsGiveTheBitsOfPlainOnes) {
  const auto crop_flip = [](RunPlan& p) {
    p.input.crop = 2;
    p.input.flip = true;
  };
  const auto adam = [](RunPlan& p) {
    p.recipe.optimizer = {};
    p.recipe.optimizer.name = "adam";
    p.recipe.optimizer.lr = 0.003;
  };
  const auto smaller = [](RunPlan& p) {
    p.model.name = "pooling";
    p.input.resize = {5, 6};
    p.input.resize_until = {0.3, 0.6};
  };
  const auto clipped = [](RunPlan& p) { p.recipe.clip_norm = 0.5; };
  const auto dropout = [](RunPlan& p) { p.model.name = "dropping"; };
  const std::pair<const char*, std::function<void(RunPlan&)>> ways[] = {
      {"plain", [](RunPlan&) {}},  {"crop and flip", crop_flip}, {"adam", adam},
      {"smaller images", smaller}, {"clipped", clipped},         {"dropout", dropout}};
  for (const auto& [name, change] : ways) {
    RunPlan recorded = plan("small");
    change(recorded);
    RunPlan plain = recorded;
    plain.engine = "stock";
    const TrainerTalk fast = train(recorded);
    EXPECT_EQ(last_hash(fast), last_hash(train(plain))) << name;
    EXPECT_EQ(last_hash(fast), last_hash(train(recorded))) << name << ", again";
    EXPECT_EQ(warnings(fast), "[]") << name << ": every step can be recorded";
  }
}

// A capture that failed must leave LibTorch as it was: its generator took itself to be recorded
// still, and the next dropout threw.
TEST_F(OnAGpu, AModelThatCannotBeRecordedIsSteppedPlainly) {
  const TrainerTalk tried = train(plan("looking"));
  EXPECT_THAT(warnings(tried), HasSubstr("not recorded as a graph"));
  EXPECT_EQ(last_hash(tried), last_hash(train(plan("looking", "stock"))));
}

TEST_F(OnAGpu, GoesOnFromACheckpoint) {
  const RunPlan recorded = plan("dropping");
  const TrainerTalk whole = train(recorded, {true, nullptr, nullptr});
  const Weights *weights = nullptr, *state = nullptr;
  for (const Weights& sent : whole.weights) {
    if (sent.epoch == 2) (sent.at == "state" ? state : weights) = &sent;
  }
  ASSERT_TRUE(weights != nullptr && state != nullptr);
  EXPECT_EQ(last_hash(train(recorded, {true, weights, state})), last_hash(whole));
}

TEST_F(OnAGpu, ExaminesThereToo) {
  const RunPlan gpu = plan("small");
  const TrainerTalk talk = train(gpu);
  ASSERT_FALSE(talk.weights.empty());
  Examination there(gpu), here(on_cpu(gpu));
  ASSERT_EQ(there.load(talk.weights.back()).type, "loaded");
  ASSERT_EQ(here.load(talk.weights.back()).type, "loaded");
  const Images images = quadrant_images(96, 2);
  const std::vector<float> found = floats(there.examine(images));
  const std::vector<float> wanted = floats(here.examine(images));
  ASSERT_EQ(found.size(), wanted.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    EXPECT_NEAR(found[i], wanted[i], 1e-3F * (1 + std::abs(wanted[i]))) << i;
  }
  // Drawn from the run's seed, whatever was asked before.
  Examination first(plan("dropping")), second(plan("dropping"));
  const TrainerTalk dropping = train(plan("dropping"));
  ASSERT_EQ(first.load(dropping.weights.back()).type, "loaded");
  ASSERT_EQ(second.load(dropping.weights.back()).type, "loaded");
  EXPECT_EQ(floats(first.examine(images, "train")), floats(second.examine(images, "train")));
}

}  // namespace
}  // namespace gradus::worker::test
