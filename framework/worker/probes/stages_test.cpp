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

TEST(ProbeStages, ClaimWhatThePlansProbesWantAndNoMore) {
  const Images data = quadrant_images(300, 1);
  EXPECT_TRUE(
      run_trainer(probe_plan("small", {"shape", "overfits_one_batch"}), data).measured.empty());
  RunPlan plan = probe_plan("small", {"dead_units", "gradients", "evaluation_keeps_buffers",
                                      "input_statistics", "memory_slope"});
  plan.model.options["bn"] = true;
  const TrainerTalk talk = run_trainer(plan, data);
  EXPECT_EQ(talk.exit_code, 0) << talk.printed;
  ASSERT_EQ(talk.measured.size(), 5U);
  const Json& dead = talk.measured.at("dead_units");
  EXPECT_EQ(dead["names"], Json({"1 convolution", "2 linear"}));
  EXPECT_EQ(dead["units"], Json({3, 128}));
  EXPECT_EQ(dead["dead"][0], 0);
  EXPECT_EQ(dead["left_out"], 0);
  const Json& gradients = talk.measured.at("gradients");
  EXPECT_EQ(gradients["names"], Json({"conv.weight", "linear.weight"}))
      << "no biases, no batch norm";
  for (const Json& rms : gradients["rms"]) EXPECT_GT(rms.get<double>(), 0);
  EXPECT_EQ(talk.measured.at("evaluation_keeps_buffers"),
            (Json{{"buffers", 3}, {"changed", Json::array()}}));
  EXPECT_EQ(talk.measured.at("memory_slope")["kib"].size(), 20U);
  // The mean of what comes in, in units of the plan's normalisation.
  double sum = 0;
  for (const std::uint8_t byte : data.pixels) sum += (byte / 255.0 - 0.3) / 0.2;
  EXPECT_NEAR(talk.measured.at("input_statistics")["mean"][0].get<double>(),
              sum / static_cast<double>(data.pixels.size()), 1e-4);
}

TEST(ProbeStages, MeasuringLeavesWhatIsHandedOutAsItWas) {
  const Images data = quadrant_images(200, 1);
  RunPlan plan = probe_plan("small", {"every_parameter_moves"});
  plan.model.options["bn"] = true;
  RunPlan measuring = plan;
  for (const char* probe : {"gradients", "dead_units", "memory_slope"})
    measuring.probes.push_back({probe, {}});
  const TrainerTalk plain = run_trainer(plan, data), both = run_trainer(measuring, data);
  ASSERT_EQ(plain.weights.size(), 2U);
  ASSERT_EQ(both.weights.size(), 2U);
  EXPECT_EQ(plain.weights[1].sha256, both.weights[1].sha256);
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
