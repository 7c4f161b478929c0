// Our kernels, LibTorch's own and bfloat16, through the real program: the same lab, the same
// accuracy.

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>

#include "framework/worker/testing/worker_process.hpp"

namespace gradus::worker::test {
namespace {

RunPlan plan_with(const std::string& engine, const std::string& dtype = "float32") {
  RunPlan plan = small_plan("small");
  plan.model.options["bn"] = true;  // and it pools: both of the engine's kernels are in use
  plan.engine = engine;
  plan.dtype = dtype;
  return plan;
}

struct Spread {
  double mean = 0, deviation = 0;
};

/// Accuracy on images that were not trained on, over three seeds.
Spread accuracy_of(RunPlan plan, const Images& train, const Images& held_out) {
  std::vector<double> found;
  for (const std::uint64_t seed : {11U, 12U, 13U}) {
    plan.seed = seed;
    const TrainerTalk talk = run_trainer(plan, train);
    EXPECT_EQ(talk.exit_code, 0) << talk.printed;
    Examination exam(plan);
    EXPECT_EQ(exam.load(talk.weights.back()).type, "loaded");
    found.push_back(exam.accuracy(held_out));
  }
  Spread spread;
  for (const double value : found) spread.mean += value / static_cast<double>(found.size());
  for (const double value : found) {
    spread.deviation += (value - spread.mean) * (value - spread.mean);
  }
  spread.deviation = std::sqrt(spread.deviation / static_cast<double>(found.size() - 1));
  return spread;
}

TEST(Engines, ReachTheSameAccuracyWithinSeeds) {
  const Images train = quadrant_images(500, 1), held_out = quadrant_images(400, 2);
  const Spread stock = accuracy_of(plan_with("stock"), train, held_out);
  EXPECT_GT(stock.mean, 0.9);
  for (const RunPlan& plan : {plan_with("gradus"), plan_with("gradus", "bfloat16")}) {
    const Spread ours = accuracy_of(plan, train, held_out);
    EXPECT_NEAR(ours.mean, stock.mean, 2 * (ours.deviation + stock.deviation) + 0.01) << plan.dtype;
  }
}

TEST(Engines, SayWhatTheyAre) {
  const Images data = quadrant_images(64, 1);
  RunPlan plan = plan_with("stock");
  plan.recipe.epochs = 1;
  const TrainerTalk stock = run_trainer(plan, data);
  EXPECT_EQ(stock.ready["engine"]["kernels"], "stock");
  plan.engine = "gradus";
  const TrainerTalk ours = run_trainer(plan, data);
  EXPECT_NE(ours.ready["engine"]["kernels"], "stock");
  ASSERT_EQ(stock.epochs.size(), 1U);
  ASSERT_EQ(ours.epochs.size(), 1U);
  // The same but for rounding, and not the same in every bit: it is other code that ran.
  EXPECT_NEAR(ours.epochs[0]["train_loss"].get<double>(),
              stock.epochs[0]["train_loss"].get<double>(), 1e-4);
  EXPECT_NE(ours.weights.back().sha256, stock.weights.back().sha256);
}

// The plan comes too late for the heap: the supervisor says it in the environment.
TEST(Engines, TheHeapIsLeftAloneWhereTheEnvironmentSaysSo) {
  RunPlan plan = plan_with("stock");
  plan.recipe.epochs = 1;
  ASSERT_EQ(setenv("GRADUS_HEAP", "stock", 1), 0);
  const TrainerTalk left = run_trainer(plan, quadrant_images(64, 1));
  ASSERT_EQ(unsetenv("GRADUS_HEAP"), 0);
  const TrainerTalk kept = run_trainer(plan, quadrant_images(64, 1));
  EXPECT_EQ(left.ready["engine"]["heap"], "stock");
  EXPECT_EQ(kept.ready["engine"]["heap"], "kept");
}

TEST(Engines, AnEngineThatNobodyKnowsIsRefused) {
  const TrainerTalk talk = run_trainer(plan_with("warp"), quadrant_images(64, 1));
  EXPECT_NE(talk.exit_code, 0);
  EXPECT_NE(talk.printed.find("engine is 'warp'"), std::string::npos) << talk.printed;
}

TEST(Engines, InBfloat16WeightsAndAnswersStayInSinglePrecision) {
  const RunPlan plan = plan_with("gradus", "bfloat16");
  const TrainerTalk talk = run_trainer(plan, quadrant_images(64, 1));
  ASSERT_EQ(talk.exit_code, 0) << talk.printed;
  EXPECT_EQ(talk.ready["engine"]["dtype"], "bfloat16");
  for (const Tensor& tensor : talk.weights.back().tensors) {
    EXPECT_EQ(tensor.dtype, tensor.shape.empty() ? "int64" : "float32") << tensor.name;
  }
  Examination exam(plan);
  ASSERT_EQ(exam.load(talk.weights.back()).type, "loaded");
  const Frame answer = exam.examine(quadrant_images(16, 2));
  ASSERT_EQ(answer.type, "logits");
  EXPECT_EQ(answer.body["dtype"], "float32");
}

TEST(Engines, AModelInDoublePrecisionIsToldSoInEach) {
  for (const char* dtype : {"float32", "bfloat16"}) {
    RunPlan plan = small_plan("doubles");
    plan.dtype = dtype;
    const TrainerTalk talk = run_trainer(plan, quadrant_images(64, 1));
    EXPECT_EQ(talk.failed["code"], "INVALID_OUTPUT") << dtype;
    EXPECT_NE(talk.failed["what"].get<std::string>().find("dtype Double"), std::string::npos)
        << talk.failed;
  }
}

TEST(Engines, TheSamePlanGivesTheSameBytes) {
  for (const char* dtype : {"float32", "bfloat16"}) {
    const RunPlan plan = plan_with("gradus", dtype);
    const Images data = quadrant_images(200, 1);
    EXPECT_EQ(run_trainer(plan, data).weights.back().sha256,
              run_trainer(plan, data).weights.back().sha256)
        << dtype;
  }
}

}  // namespace
}  // namespace gradus::worker::test
