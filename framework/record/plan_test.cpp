#include "framework/record/plan.hpp"

#include <gtest/gtest.h>

namespace gradus {
namespace {

RunPlan sample() {
  RunPlan plan;
  plan.model = {"model", "submission", "simplenn", "/home/x/plugin.so", "abc", {{"width", 8}}};
  plan.activation = PluginUse{"activation", "reference", "relu", "/y.so", "def", {}};
  plan.recipe.optimizer.lr = 0.1;
  plan.input = {4, true, {.5, .5, .5}, {.2, .2, .2}};
  plan.data = {"cifar10", "d", {45000, 5000, 0}, "s", 3, 32, 32, 10};
  plan.seed = 0xFFFFFFFFFFFFFFFFULL;
  plan.probes = {{"initial_loss", {{"tolerance", .05}}}};
  return plan;
}

TEST(Plan, SurvivesTheRoundTripThroughJsonText) {
  const RunPlan plan = sample();
  const auto back = run_plan_from_json(Json::parse(to_json(plan).dump()));
  ASSERT_TRUE(back.ok()) << back.error().text();
  EXPECT_EQ(to_json(*back), to_json(plan));
  EXPECT_EQ(back->hash(), plan.hash());
  EXPECT_EQ(back->model.library, "/home/x/plugin.so");
}

TEST(Plan, TheHashForgetsWhereALibraryLiesAndNothingElse) {
  const RunPlan plan = sample();
  RunPlan moved = plan;
  moved.model.library = "/elsewhere.so";
  EXPECT_EQ(moved.hash(), plan.hash());

  const std::vector<void (*)(RunPlan&)> changes = {
      [](RunPlan& p) { p.kind = "probe"; },
      [](RunPlan& p) { p.model.library_hash = "z"; },
      [](RunPlan& p) { p.model.options["width"] = 9; },
      [](RunPlan& p) { p.activation.reset(); },
      [](RunPlan& p) { p.augmentation = PluginUse{}; },
      [](RunPlan& p) { p.recipe.epochs = 2; },
      [](RunPlan& p) { p.recipe.optimizer.lr = .2; },
      [](RunPlan& p) { p.recipe.optimizer.nesterov = true; },
      [](RunPlan& p) { p.input.flip = false; },
      [](RunPlan& p) { p.data.split_hash = "z"; },
      [](RunPlan& p) { p.seed = 1; },
      [](RunPlan& p) { p.device = "cuda"; },
      [](RunPlan& p) { p.dtype = "bfloat16"; },
      [](RunPlan& p) { p.threads = 2; },
      [](RunPlan& p) { p.sandbox = "off"; },
      [](RunPlan& p) { p.toolchain = "z"; },
      [](RunPlan& p) { p.limits.cpu_s = 1; },
      [](RunPlan& p) { p.probes.clear(); },
      [](RunPlan& p) { p.exam_val_images = 1; },
      [](RunPlan& p) { p.train_images = 1; },
      [](RunPlan& p) { p.exam_mirror = true; },
      [](RunPlan& p) { p.device_name = "some GPU"; },
      [](RunPlan& p) { p.limits.gpu_memory_mib = 1; },
      [](RunPlan& p) { p.stop_after = 1; },
  };
  for (std::size_t i = 0; i < changes.size(); ++i) {
    RunPlan changed = plan;
    changes[i](changed);
    EXPECT_NE(changed.hash(), plan.hash()) << "change " << i;
  }
}

TEST(Plan, RefusesUnknownMissingAndMistypedKeys) {
  const Json good = to_json(sample());
  for (const auto& [key, value] : good.items()) {
    Json lacking = good;
    lacking.erase(key);
    if (key == "activation" || key == "augmentation") continue;  // absent means none
    const auto read = run_plan_from_json(lacking);
    ASSERT_FALSE(read.ok()) << key;
    EXPECT_NE(read.error().what.find(key), std::string::npos) << read.error().text();
  }
  Json extra = good;
  extra["surprise"] = 1;
  EXPECT_NE(run_plan_from_json(extra).error().what.find("surprise"), std::string::npos);
  Json mistyped = good;
  mistyped["threads"] = "two";
  EXPECT_NE(run_plan_from_json(mistyped).error().what.find("threads"), std::string::npos);
  EXPECT_FALSE(run_plan_from_json(Json::array()).ok());
}

TEST(Plan, ARunThatEndsAtARungIsTheBeginningOfTheWholeOne) {
  const RunPlan whole = sample();
  RunPlan rung = whole;
  rung.recipe.epochs = 9;
  const std::string trajectory = rung.hash();
  EXPECT_EQ(rung.trajectory_hash(), trajectory);
  EXPECT_EQ(rung.last_epoch(), 9);
  EXPECT_FALSE(rung.cut_short());
  rung.stop_after = 3;
  EXPECT_NE(rung.hash(), trajectory) << "it leaves other evidence";
  EXPECT_EQ(rung.trajectory_hash(), trajectory);
  EXPECT_EQ(rung.last_epoch(), 3);
  EXPECT_TRUE(rung.cut_short());
  EXPECT_EQ(run_plan_from_json(to_json(rung))->stop_after, 3);
  EXPECT_FALSE(to_json(whole).contains("stop_after")) << "older plans keep their hash";
}

}  // namespace
}  // namespace gradus
