#include "framework/record/recipe.hpp"

#include <gtest/gtest.h>

#include "framework/record/plan.hpp"
#include "framework/record/recipe_json.hpp"

namespace gradus {
namespace {

const std::vector<void (*)(Recipe&)> kChanges = {
    [](Recipe& r) { r.label_smoothing = 0.1; },
    [](Recipe& r) { r.l1 = 1e-3; },
    [](Recipe& r) { r.l2 = 1e-3; },
    [](Recipe& r) { r.penalize = "all"; },
    [](Recipe& r) { r.clip_value = 1; },
    [](Recipe& r) { r.clip_norm = 1; },
    [](Recipe& r) { r.init = "he_normal"; },
    [](Recipe& r) { r.init_layers = {"conv*: he_normal"}; },
    [](Recipe& r) { r.keep = "last"; },
    [](Recipe& r) { r.optimizer.name = "adam"; },
    [](Recipe& r) { r.optimizer.beta1 = 0.8; },
    [](Recipe& r) { r.optimizer.beta2 = 0.9; },
    [](Recipe& r) { r.optimizer.rho = 0.8; },
    [](Recipe& r) { r.optimizer.eps = 1e-3; },
    [](Recipe& r) { r.optimizer.sgd_lr = 0.2; },
    [](Recipe& r) { r.optimizer.decays = "weights"; },
    [](Recipe& r) { r.schedule.name = "cosine"; },
    [](Recipe& r) { r.schedule.per = "step"; },
    [](Recipe& r) { r.schedule.factor = 0.9; },
    [](Recipe& r) { r.schedule.every = 5; },
    [](Recipe& r) {
      r.schedule.milestones = {1, 2.5};
    },
    [](Recipe& r) {
      r.schedule.factors = {1, 0.5};
    },
    [](Recipe& r) { r.schedule.interpolate = "step"; },
    [](Recipe& r) { r.schedule.period = 5; },
    [](Recipe& r) { r.schedule.min_lr = 1e-4; },
    [](Recipe& r) { r.schedule.warmup = 1; },
    [](Recipe& r) { r.schedule.warmup_from = 0; },
    [](Recipe& r) { r.schedule.rise = 0.2; },
    [](Recipe& r) { r.schedule.start = 0; },
    [](Recipe& r) { r.schedule.end = 0.1; },
    [](Recipe& r) { r.schedule.anneal = "cosine"; },
    [](Recipe& r) { r.schedule.patience = 2; },
    [](Recipe& r) { r.schedule.monitor = "val_accuracy"; },
    [](Recipe& r) { r.schedule.min_delta = 0.1; },
    [](Recipe& r) { r.early_stop.patience = 3; },
    [](Recipe& r) { r.early_stop.monitor = "val_loss"; },
    [](Recipe& r) { r.early_stop.min_delta = 0.1; },
};

TEST(Recipe, EveryValueSurvivesAndEntersTheHash) {
  const RunPlan plain;
  for (std::size_t i = 0; i < kChanges.size(); ++i) {
    RunPlan plan;
    kChanges[i](plan.recipe);
    EXPECT_NE(plan.hash(), plain.hash()) << "change " << i;
    const auto back = recipe_from_json(Json::parse(to_json(plan.recipe).dump()));
    ASSERT_TRUE(back.ok()) << i << ": " << back.error().text();
    EXPECT_EQ(to_json(*back), to_json(plan.recipe)) << "change " << i;
    EXPECT_NE(to_json(*back), to_json(plain.recipe)) << "change " << i;
  }
}

// Evidence of plain recipes was cached before the others existed.
TEST(Recipe, APlainOneIsWrittenAsItAlwaysWas) {
  EXPECT_EQ(to_json(Recipe{}).dump(),
            R"({"batch":128,"epochs":1,"loss":"cross_entropy","optimizer":{"lr":0.01,)"
            R"("momentum":0.0,"name":"sgd","nesterov":false,"weight_decay":0.0},)"
            R"("schedule":"constant"})");
}

TEST(Recipe, RefusesUnknownMissingAndMistypedKeys) {
  const auto refused = [](const char* pointer, const Json& value) {
    Recipe recipe;
    recipe.schedule.factor = 0.5;  // so that it is an object
    recipe.early_stop.patience = 1;
    Json json = to_json(recipe);
    json[Json::json_pointer(pointer)] = value;
    return !recipe_from_json(json).ok();
  };
  EXPECT_TRUE(refused("/surprise", 1));
  EXPECT_TRUE(refused("/optimizer/surprise", 1));
  EXPECT_TRUE(refused("/schedule/surprise", 1));
  EXPECT_TRUE(refused("/early_stop/surprise", 1));
  EXPECT_TRUE(refused("/l1", "x"));
  EXPECT_TRUE(refused("/schedule/factor", "x"));
  EXPECT_TRUE(refused("/schedule", 3));
  EXPECT_TRUE(refused("/early_stop/patience", 1.5));
  EXPECT_FALSE(refused("/l1", 0.5));
  for (const char* key : {"epochs", "batch", "loss", "optimizer", "schedule"}) {
    Json lacking = to_json(Recipe{});
    lacking.erase(key);
    EXPECT_FALSE(recipe_from_json(lacking).ok()) << key;
  }
  EXPECT_FALSE(recipe_from_json(Json::array()).ok());
}

TEST(Recipe, ContradictionsAreNamed) {
  EXPECT_EQ(contradiction(Recipe{}), "");
  const auto found = [](auto&& change) {
    Recipe recipe;
    change(recipe);
    return contradiction(recipe);
  };
  EXPECT_NE(found([](Recipe& r) { r.optimizer.nesterov = true; }).find("nesterov"),
            std::string::npos);
  EXPECT_NE(found([](Recipe& r) { r.schedule.name = "multi_step"; }).find("milestones"),
            std::string::npos);
  EXPECT_NE(found([](Recipe& r) {
              r.schedule.name = "multi_step";
              r.schedule.milestones = {2, 1};
            }).find("ascending"),
            std::string::npos);
  EXPECT_NE(found([](Recipe& r) {
              r.schedule.name = "lambda";
              r.schedule.milestones = {1, 2};
              r.schedule.factors = {1};
            }).find("1 schedule.factors for 2 milestones"),
            std::string::npos);
  for (const char* name : {"cosine", "plateau", "step"}) {
    const auto lowest = [&](double min_lr) {
      return found([&](Recipe& r) {
        r.optimizer.lr = 0.1;
        r.schedule.name = name;
        r.schedule.min_lr = min_lr;
      });
    };
    EXPECT_EQ(lowest(0.1), "");
    EXPECT_EQ(lowest(0.5), std::string(name) == "step"
                               ? ""  // has no use for it
                               : "found schedule.min_lr 0.5 above optimizer.lr 0.1, wanted a "
                                 "lowest rate of at most the rate");
  }
  EXPECT_NE(found([](Recipe& r) { r.init_layers = {"conv1 he_normal"}; }).find("init_layers"),
            std::string::npos);
  EXPECT_EQ(found([](Recipe& r) { r.init_layers = {"conv1: he_normal"}; }), "");
  EXPECT_EQ(found([](Recipe& r) { r.init_layers = {"*.bn2.weight: zeros"}; }), "");
  EXPECT_NE(found([](Recipe& r) { r.optimizer = {.name = "muon", .lr = 0}; }).find("above 0"),
            std::string::npos);
  EXPECT_EQ(found([](Recipe& r) { r.optimizer = {.name = "muon", .lr = 0, .sgd_lr = 0}; }), "");
  EXPECT_NE(found([](Recipe& r) { r.init_layers = {"*.bn2.weight: twos"}; }).find("zeros, ones"),
            std::string::npos);
}

TEST(Recipe, TheSummaryNamesWhatIsNotPlain) {
  Recipe recipe;
  recipe.optimizer = {"sgd", 0.01, 0.9, false, 1e-4};
  EXPECT_EQ(summary(recipe), "sgd, lr 0.01, momentum 0.9, weight decay 0.0001");
  recipe.optimizer.decays = "weights";
  EXPECT_EQ(summary(recipe), "sgd, lr 0.01, momentum 0.9, weight decay 0.0001 of weights");
  recipe.optimizer.decays = "all";
  recipe.schedule.name = "step";
  recipe.schedule.factor = 0.9;
  recipe.schedule.every = 5;
  recipe.l1 = 0.001;
  recipe.early_stop.patience = 4;
  EXPECT_EQ(summary(recipe),
            "sgd, lr 0.01, momentum 0.9, weight decay 0.0001, step x0.9 every 5, L1 0.001, early "
            "stopping after 4");
}

TEST(Recipe, TheSummaryOfMuonHasBothRates) {
  Recipe recipe;
  recipe.optimizer = {"muon", 0.02, 0.9, true, 0.1};
  recipe.optimizer.decays = "weights";
  EXPECT_EQ(summary(recipe), "muon, lr 0.02 (sgd 0.1), momentum 0.9, nesterov, weight decay 0.1");
  recipe.optimizer.momentum = 0;
  EXPECT_NE(contradiction(recipe).find("nesterov"), std::string::npos);
}

TEST(FitsPattern, TakesStarsForAnything) {
  EXPECT_TRUE(fits_pattern("conv1", "conv1"));
  EXPECT_TRUE(fits_pattern("layer1.conv2", "*conv*"));
  EXPECT_TRUE(fits_pattern("abab", "*ab"));
  EXPECT_FALSE(fits_pattern("conv1", "conv"));
  EXPECT_FALSE(fits_pattern("fc", "conv*"));
  EXPECT_FALSE(fits_pattern(std::string(2000, 'a'), "*a*a*a*a*b"));
}

}  // namespace
}  // namespace gradus
