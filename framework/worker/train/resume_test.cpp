// Another trainer of the same run, given weights and state of an epoch, through the real program.

#include <gtest/gtest.h>

#include "framework/worker/testing/worker_process.hpp"
#include "framework/worker/worker.hpp"

namespace gradus::worker::test {
namespace {

const Weights* find(const TrainerTalk& talk, const std::string& at, std::int64_t epoch) {
  for (const Weights& weights : talk.weights) {
    if (weights.at == at && weights.epoch == epoch) return &weights;
  }
  return nullptr;
}

struct Case {
  const char* name;
  void (*change)(RunPlan& plan);
};
void PrintTo(const Case& one, std::ostream* out) { *out << one.name; }

class ResumedTraining : public testing::TestWithParam<Case> {};

TEST_P(ResumedTraining, GoesOnBitByBit) {
  RunPlan plan = small_plan("dropping");
  plan.recipe.epochs = 4;
  plan.input.crop = 1;
  plan.input.flip = true;
  plan.input.flip_by = "turns";
  GetParam().change(plan);
  const Images data = quadrant_images(100, 1);
  const TrainerTalk plain = run_trainer(plan, data);
  const TrainerTalk whole = run_trainer(plan, data, {true, nullptr, nullptr});
  ASSERT_EQ(whole.exit_code, 0) << whole.printed;
  EXPECT_EQ(unnumbered(plain.epochs), unnumbered(whole.epochs)) << "handing it out changes nothing";
  EXPECT_EQ(plain.weights.back().sha256, whole.weights.back().sha256);
  EXPECT_EQ(find(whole, "state", 4), nullptr) << "none behind the last epoch";
  for (std::int64_t epoch = 1; epoch < 4; ++epoch) {
    const Weights* weights = find(whole, "epoch", epoch);
    const Weights* state = find(whole, "state", epoch);
    ASSERT_TRUE(weights != nullptr && state != nullptr) << epoch;
    const TrainerTalk rest = run_trainer(plan, data, {true, weights, state});
    ASSERT_EQ(rest.exit_code, 0) << rest.printed;
    EXPECT_EQ(find(rest, "init", 0), nullptr);
    EXPECT_EQ(rest.end, whole.end) << "warnings too";
    ASSERT_EQ(rest.epochs.size(), static_cast<std::size_t>(4 - epoch));
    const std::vector<Json> claims = unnumbered(whole.epochs);
    EXPECT_EQ(unnumbered(rest.epochs), std::vector<Json>(claims.begin() + epoch, claims.end()));
    for (std::int64_t next = epoch + 1; next <= 4; ++next) {
      EXPECT_EQ(find(rest, "epoch", next)->sha256, find(whole, "epoch", next)->sha256);
      if (next < 4)
        EXPECT_EQ(find(rest, "state", next)->sha256, find(whole, "state", next)->sha256);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, ResumedTraining,
    testing::Values(Case{"Momentum", [](RunPlan&) {}},
                    Case{"SmallImagesFirst",
                         [](RunPlan& p) {
                           p.model.name = "pooling";
                           p.input.pad = "reflect";
                           p.input.resize = {4, 6};
                           p.input.resize_until = {0.5, 0.75};
                         }},
                    Case{"BatchNormAdam",
                         [](RunPlan& p) {
                           p.model.name = "small";
                           p.model.options["bn"] = true;
                           p.recipe.optimizer.name = "adam";
                         }},
                    Case{"OneCycleRmsprop",
                         [](RunPlan& p) {
                           p.recipe.optimizer.name = "rmsprop";
                           p.recipe.optimizer.lr = 1e-3;
                           p.recipe.schedule.name = "one_cycle";
                         }},
                    Case{"OneCycleMuon",
                         [](RunPlan& p) {
                           p.model.name = "small";
                           p.recipe.optimizer.name = "muon";
                           p.recipe.optimizer.momentum = 0.9;
                           p.recipe.optimizer.weight_decay = 0.1;
                           p.recipe.schedule.name = "one_cycle";
                         }},
                    Case{"AdadeltaAugmented",
                         [](RunPlan& p) {
                           p.recipe.optimizer.name = "adadelta";
                           p.recipe.optimizer.lr = 1;
                           p.augmentation = PluginUse{"augmentation",  "submission", "brighten",
                                                      GRADUS_TEST_ZOO, "h",          {}};
                         }},
                    Case{"HalfPrecision", [](RunPlan& p) { p.model.name = "half_inside"; }},
                    Case{"Tied", [](RunPlan& p) { p.model.name = "tied"; }},
                    Case{"MeddlerWithWarnings", [](RunPlan& p) { p.model.name = "meddler"; }}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(ResumedTraining, EndsAtARungAsTheWholeRunStoodThere) {
  RunPlan plan = small_plan("dropping");
  plan.recipe.epochs = 4;
  plan.recipe.schedule.name = "one_cycle";
  plan.input.crop = 1;
  const Images data = quadrant_images(100, 1);
  const TrainerTalk whole = run_trainer(plan, data, {true, nullptr, nullptr});
  plan.stop_after = 2;
  const TrainerTalk rung = run_trainer(plan, data, {true, nullptr, nullptr});
  ASSERT_EQ(rung.exit_code, 0) << rung.printed;
  const std::vector<Json> claims = unnumbered(whole.epochs);
  EXPECT_EQ(unnumbered(rung.epochs), std::vector<Json>(claims.begin(), claims.begin() + 2));
  EXPECT_EQ(find(rung, "epoch", 2)->sha256, find(whole, "epoch", 2)->sha256);
  ASSERT_NE(find(rung, "state", 2), nullptr) << "another run may go on from there";
  EXPECT_EQ(find(rung, "state", 2)->sha256, find(whole, "state", 2)->sha256);
  EXPECT_EQ(find(rung, "epoch", 3), nullptr);
}

TEST(ResumedTraining, WaitsForNobodyAtItsRung) {
  RunPlan plan = small_plan("small");
  plan.recipe.epochs = 4;
  plan.recipe.schedule.name = "plateau";
  plan.stop_after = 1;
  TrainerOrders orders;
  orders.checkpoints = true;
  const TrainerTalk talk = run_trainer(plan, quadrant_images(64, 1), orders);
  EXPECT_EQ(talk.exit_code, 0) << talk.printed;
  EXPECT_EQ(talk.epochs.size(), 1U);
}

TEST(ResumedTraining, RefusesAStateOfAnotherModel) {
  RunPlan plan = small_plan("small");
  const Images data = quadrant_images(64, 1);
  const TrainerTalk whole = run_trainer(plan, data, {true, nullptr, nullptr});
  Weights state = *find(whole, "state", 1);
  state.tensors.back().name = "99/velocity";
  const TrainerTalk rest = run_trainer(plan, data, {true, find(whole, "epoch", 1), &state});
  EXPECT_EQ(rest.exit_code, kExitInfrastructure) << rest.printed;
  EXPECT_NE(rest.failed["what"].get<std::string>().find("does not belong"), std::string::npos);
}

TEST(Verdict, StopsTrainingAndScalesTheRate) {
  RunPlan plan = small_plan("small");
  plan.recipe.epochs = 5;
  plan.recipe.schedule.name = "plateau";
  plan.recipe.early_stop.patience = 1;
  const Images data = quadrant_images(64, 1);
  TrainerOrders orders;
  orders.verdicts = {{1, {{"epoch", 1}, {"val_accuracy", 0.5}, {"stop", false}}},
                     {2, {{"epoch", 2}, {"val_accuracy", 0.5}, {"stop", false}, {"rate", 0.1}}},
                     {3, {{"epoch", 3}, {"val_accuracy", nullptr}, {"stop", true}}}};
  TrainerTalk talk = run_trainer(plan, data, orders);
  EXPECT_EQ(talk.exit_code, 0) << talk.printed;
  ASSERT_EQ(talk.epochs.size(), 3U);
  EXPECT_EQ(talk.epochs[1]["lr"], 0.05);
  EXPECT_DOUBLE_EQ(talk.epochs[2]["lr"].get<double>(), 0.005);
  EXPECT_EQ(talk.end, Json::object());
  orders.verdicts[2] = {{"epoch", 7}, {"val_accuracy", 0.5}, {"stop", false}};
  talk = run_trainer(plan, data, orders);
  EXPECT_EQ(talk.exit_code, kExitInfrastructure) << "a verdict on another epoch";
}

}  // namespace
}  // namespace gradus::worker::test
