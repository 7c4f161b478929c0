// The trainer's side of probes, through the real program.

#include <gtest/gtest.h>

#include "framework/worker/testing/worker_process.hpp"

namespace gradus::worker::test {
namespace {

RunPlan probe_plan(const std::string& model, const std::vector<std::string>& probes) {
  RunPlan plan = small_plan(model);
  plan.kind = "probe";
  for (const std::string& probe : probes) plan.probes.push_back({probe, {}});
  return plan;
}

std::vector<std::string> stages(const TrainerTalk& talk) {
  std::vector<std::string> found;
  for (const Weights& weights : talk.weights) found.push_back(weights.at);
  return found;
}

TEST(ProbeStages, StopWhereThePlansProbesStop) {
  const Images data = quadrant_images(200, 1);
  EXPECT_EQ(stages(run_trainer(probe_plan("small", {"shape", "chance"}), data)),
            (std::vector<std::string>{"init"}));
  EXPECT_EQ(stages(run_trainer(probe_plan("small", {"shape", "every_parameter_moves"}), data)),
            (std::vector<std::string>{"init", "one_step"}));
  const TrainerTalk all = run_trainer(probe_plan("small", {"overfits_one_batch"}), data);
  EXPECT_EQ(stages(all), (std::vector<std::string>{"init", "one_step", "overfit"}));
  EXPECT_EQ(all.exit_code, 0) << all.printed;
  EXPECT_EQ(all.end, Json::object());
}

TEST(ProbeStages, OneStepMovesEveryParameterWithBatchNorm) {
  RunPlan plan = probe_plan("small", {"every_parameter_moves"});
  plan.model.options["bn"] = true;
  const TrainerTalk talk = run_trainer(plan, quadrant_images(200, 1));
  ASSERT_EQ(talk.weights.size(), 2U) << talk.printed;
  for (std::size_t i = 0; i < talk.weights[0].tensors.size(); ++i) {
    EXPECT_NE(talk.weights[0].tensors[i].bytes, talk.weights[1].tensors[i].bytes)
        << talk.weights[0].tensors[i].name;
  }
}

TEST(ProbeStages, OneStepLeavesAFrozenParameter) {
  const TrainerTalk talk =
      run_trainer(probe_plan("frozen", {"every_parameter_moves"}), quadrant_images(200, 1));
  ASSERT_EQ(talk.weights.size(), 2U) << talk.printed;
  const auto& before = talk.weights[0].tensors;
  const auto& after = talk.weights[1].tensors;
  EXPECT_NE(before[0].bytes, after[0].bytes);
  ASSERT_EQ(before[1].name, "linear.bias");
  EXPECT_EQ(before[1].bytes, after[1].bytes);
}

TEST(ProbeStages, OverfitsTheFirst128ImagesInFileOrder) {
  Images data = quadrant_images(200, 1);
  for (auto& label : data.labels) label = static_cast<std::uint8_t>((label + data.pixels[0]) % 4);
  RunPlan plan = probe_plan("small", {"overfits_one_batch"});
  const TrainerTalk talk = run_trainer(plan, data);
  ASSERT_EQ(talk.weights.size(), 3U) << talk.printed;
  data.labels.resize(128);
  data.pixels.resize(128 * 192);
  Examination exam(plan);
  EXPECT_EQ(exam.load(talk.weights[2]).type, "loaded");
  EXPECT_EQ(exam.accuracy(data), 1.0);
  EXPECT_EQ(exam.load(talk.weights[0]).type, "loaded");
  EXPECT_LT(exam.accuracy(data), 0.6);
}

TEST(ProbeStages, TheOptionStepsBoundsTheWork) {
  RunPlan plan = probe_plan("small", {"overfits_one_batch"});
  plan.probes[0].options["steps"] = 1;
  const Images data = quadrant_images(128, 1);
  const TrainerTalk talk = run_trainer(plan, data);
  ASSERT_EQ(talk.weights.size(), 3U) << talk.printed;
  Examination exam(plan);
  EXPECT_EQ(exam.load(talk.weights[2]).type, "loaded");
  EXPECT_LT(exam.accuracy(data), 0.95);
}

TEST(ProbeStages, AreEqualForEqualPlans) {
  const RunPlan plan = probe_plan("dropping", {"overfits_one_batch"});
  const Images data = quadrant_images(128, 1);
  const TrainerTalk a = run_trainer(plan, data), b = run_trainer(plan, data);
  ASSERT_EQ(a.weights.size(), 3U) << a.printed;
  ASSERT_EQ(b.weights.size(), 3U) << b.printed;
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(a.weights[i].sha256, b.weights[i].sha256);
}

}  // namespace
}  // namespace gradus::worker::test
