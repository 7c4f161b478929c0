// What a recipe asks of training, through the real program.

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "framework/record/schedule.hpp"
#include "framework/worker/testing/worker_process.hpp"

namespace gradus::worker::test {
namespace {

std::string last_weights(const RunPlan& plan, const Images& data) {
  const TrainerTalk talk = run_trainer(plan, data);
  EXPECT_EQ(talk.exit_code, 0) << talk.printed;
  return talk.weights.empty() ? "" : talk.weights.back().sha256;
}

TEST(Recipe, EveryValueCounts) {
  const Images data = quadrant_images(64, 1);
  RunPlan plan = small_plan("small");
  plan.recipe.epochs = 2;
  const std::string base = last_weights(plan, data);
  const std::vector<void (*)(Recipe&)> changes = {
      [](Recipe& r) { r.label_smoothing = 0.1; },
      [](Recipe& r) { r.l1 = 1e-3; },
      [](Recipe& r) { r.l2 = 1e-3; },
      [](Recipe& r) { r.clip_value = 1e-3; },
      [](Recipe& r) { r.clip_norm = 1e-3; },
      [](Recipe& r) { r.optimizer.name = "adam"; },
      [](Recipe& r) { r.optimizer.name = "adamw"; },
      [](Recipe& r) { r.optimizer.name = "rmsprop"; },
      [](Recipe& r) { r.optimizer.name = "adadelta"; },
      [](Recipe& r) { r.optimizer.name = "muon"; },
      [](Recipe& r) { r.optimizer = {.name = "muon", .sgd_lr = 0.2}; },
      [](Recipe& r) { r.schedule.name = "exponential"; },
      [](Recipe& r) { r.schedule.name = "one_cycle"; },
      [](Recipe& r) { r.schedule.warmup = 1; },
  };
  std::vector<std::string> found = {base};
  for (const auto& change : changes) {
    RunPlan other = plan;
    change(other.recipe);
    found.push_back(last_weights(other, data));
  }
  std::sort(found.begin(), found.end());
  EXPECT_EQ(std::adjacent_find(found.begin(), found.end()), found.end()) << "two are equal";
}

TEST(Recipe, TheClaimedRateIsTheFormulasAtEveryEpoch) {
  RunPlan plan = small_plan("small");
  plan.recipe.epochs = 6;
  plan.recipe.schedule.name = "step";
  plan.recipe.schedule.every = 2;
  plan.recipe.schedule.factor = 0.5;
  const Images data = quadrant_images(64, 1);
  TrainerTalk talk = run_trainer(plan, data);
  ASSERT_EQ(talk.epochs.size(), 6U) << talk.printed;
  for (std::size_t e = 0; e < 6; ++e) {
    EXPECT_DOUBLE_EQ(talk.epochs[e]["lr"].get<double>(), 0.05 * std::pow(0.5, e / 2)) << e;
  }
  plan.recipe.schedule.name = "one_cycle";
  talk = run_trainer(plan, data);
  for (std::size_t e = 0; e < 6; ++e) {
    EXPECT_DOUBLE_EQ(talk.epochs[e]["lr"].get<double>(),
                     learning_rate(plan.recipe, static_cast<std::int64_t>(2 * e), 2));
  }
}

std::vector<float> values_of(const Weights& weights, const std::string& name) {
  for (const Tensor& tensor : weights.tensors) {
    if (tensor.name != name) continue;
    std::vector<float> values(tensor.bytes.size() / sizeof(float));
    std::memcpy(values.data(), tensor.bytes.data(), tensor.bytes.size());
    return values;
  }
  ADD_FAILURE() << "no tensor " << name;
  return {};
}

double mean_square(const std::vector<float>& values) {
  double sum = 0;
  for (const float value : values) sum += static_cast<double>(value) * value;
  return sum / static_cast<double>(values.size());
}

/// Share of weights of a tensor below 1e-3 in size.
double small_share(const Weights& weights, const std::string& name) {
  const std::vector<float> values = values_of(weights, name);
  double small = 0;
  for (const float value : values) small += std::abs(value) < 1e-3F ? 1 : 0;
  return small / static_cast<double>(values.size());
}

TEST(Recipe, L1MakesWeightsSparseAndL2DoesNot) {
  RunPlan plan = small_plan("small");
  plan.recipe.epochs = 4;
  plan.recipe.optimizer.weight_decay = 0;
  const Images data = quadrant_images(500, 1);
  plan.recipe.l1 = 0.01;
  const Weights sparse = run_trainer(plan, data).weights.back();
  plan.recipe.l1 = 0;
  plan.recipe.l2 = 0.01;
  const Weights dense = run_trainer(plan, data).weights.back();
  EXPECT_GT(small_share(sparse, "linear.weight"), 0.3);
  EXPECT_LT(small_share(dense, "linear.weight"), 0.1);
}

/// One epoch of a network with a batch norm.
RunPlan normed_plan() {
  RunPlan plan = small_plan("small");
  plan.recipe.epochs = 1;
  plan.model.options["bn"] = true;
  return plan;
}

TEST(Recipe, DrawsTheWeightsThatItNames) {
  RunPlan plan = normed_plan();
  const Images data = quadrant_images(64, 1);
  const Weights own = run_trainer(plan, data).weights.at(0);
  plan.recipe.init = "he_normal";
  plan.recipe.init_layers = {"lin*: xavier_uniform", "*: model", "nothing: he_normal"};
  const TrainerTalk talk = run_trainer(plan, data);
  ASSERT_FALSE(talk.weights.empty()) << talk.printed;
  const Weights& drawn = talk.weights[0];
  EXPECT_EQ(values_of(drawn, "conv.weight"), values_of(own, "conv.weight")) << "by the second rule";
  const auto linear = values_of(drawn, "linear.weight");  // [4, 128]
  EXPECT_NEAR(mean_square(linear), 2.0 / 132, 5 * 2.0 / 132 * std::sqrt(2.0 / 512));
  EXPECT_NE(linear, values_of(own, "linear.weight"));
  EXPECT_EQ(mean_square(values_of(drawn, "linear.bias")), 0);
  EXPECT_NE(mean_square(values_of(own, "linear.bias")), 0);
  EXPECT_EQ(values_of(drawn, "norm.weight"), values_of(own, "norm.weight"));
  EXPECT_NE(talk.ready["warnings"].dump().find("pattern 'nothing' fits no weight"),
            std::string::npos);
  plan.recipe.init_layers.clear();
  const Weights all = run_trainer(plan, data).weights.at(0);
  EXPECT_NEAR(mean_square(values_of(all, "conv.weight")), 2.0 / 27,
              5 * 2.0 / 27 * std::sqrt(2.0 / 216));
  EXPECT_EQ(run_trainer(plan, data).weights.at(0).sha256, all.sha256);
  plan.seed = 8;
  EXPECT_NE(run_trainer(plan, data).weights.at(0).sha256, all.sha256);
}

TEST(Recipe, FindsTheLastWeightWhateverItsName) {
  RunPlan plan = normed_plan();
  const Images data = quadrant_images(64, 1);
  plan.recipe.init = "he_normal";
  plan.recipe.init_layers = {"linear*: xavier_uniform"};
  const Weights by_name = run_trainer(plan, data).weights.at(0);
  plan.recipe.init_layers = {"@last: xavier_uniform"};
  const TrainerTalk talk = run_trainer(plan, data);
  ASSERT_FALSE(talk.weights.empty()) << talk.printed;
  EXPECT_EQ(talk.weights[0].sha256, by_name.sha256);
  EXPECT_EQ(talk.ready["warnings"], Json::array());
}

TEST(Recipe, FillsAnyParameterWithAConstant) {
  RunPlan plan = normed_plan();
  const Images data = quadrant_images(64, 1);
  const Weights own = run_trainer(plan, data).weights.at(0);
  plan.recipe.init_layers = {"norm.weight: zeros", "linear.bias: ones", "conv: zeros"};
  const TrainerTalk talk = run_trainer(plan, data);
  ASSERT_FALSE(talk.weights.empty()) << talk.printed;
  const Weights& filled = talk.weights[0];
  EXPECT_EQ(mean_square(values_of(filled, "norm.weight")), 0);
  EXPECT_NE(mean_square(values_of(own, "norm.weight")), 0);
  EXPECT_EQ(values_of(filled, "norm.bias"), values_of(own, "norm.bias"));
  for (const float value : values_of(filled, "linear.bias")) EXPECT_EQ(value, 1);
  EXPECT_EQ(values_of(filled, "linear.weight"), values_of(own, "linear.weight"));
  EXPECT_EQ(mean_square(values_of(filled, "conv.weight")), 0);
  EXPECT_EQ(talk.ready["warnings"].dump().find("fits no weight"), std::string::npos)
      << talk.ready["warnings"].dump();
}

// With a rate of zero only the masks can make two epochs differ.
TEST(Recipe, DropoutIsOnInEveryEpochOfTrainingAndOffInTheExam) {
  RunPlan plan = small_plan("dropping");
  plan.recipe.optimizer.lr = 0;
  plan.recipe.epochs = 3;
  const Images data = quadrant_images(96, 1);
  const TrainerTalk talk = run_trainer(plan, data);
  ASSERT_EQ(talk.epochs.size(), 3U) << talk.printed;
  const auto loss = [&](std::size_t i) { return talk.epochs[i]["train_loss"].get<double>(); };
  EXPECT_GT(std::abs(loss(0) - loss(1)), 1e-4);
  EXPECT_GT(std::abs(loss(1) - loss(2)), 1e-4);
  RunPlan plain = plan;
  plain.model.name = "small";
  const TrainerTalk undropped = run_trainer(plain, data);
  EXPECT_NEAR(undropped.epochs[0]["train_loss"].get<double>(),
              undropped.epochs[1]["train_loss"].get<double>(), 1e-5);

  Examination dropping(plan), small(plain);
  ASSERT_EQ(dropping.load(talk.weights.back()).type, "loaded");
  ASSERT_EQ(small.load(talk.weights.back()).type, "loaded");
  const std::vector<float> once = floats(dropping.examine(data));
  EXPECT_EQ(once, floats(dropping.examine(data)));
  EXPECT_EQ(once, floats(small.examine(data)));
  EXPECT_NE(once, floats(dropping.examine(data, "train")));
}

}  // namespace
}  // namespace gradus::worker::test
