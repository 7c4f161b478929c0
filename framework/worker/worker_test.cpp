// The program's edges: hostile or missing input, a supervisor that dies, a person who calls it.

#include "framework/worker/worker.hpp"

#include <gtest/gtest.h>

#include "framework/core/process.hpp"
#include "framework/worker/testing/worker_process.hpp"

namespace gradus::worker::test {
namespace {

/// What the worker answers to a start frame with this plan, and how it leaves.
void expect_refused(const std::string& role, const Json& plan, const std::string& part) {
  const Images data = quadrant_images(32, 1);
  WorkerProcess process(&data);
  process.send_start(role, plan);
  const auto answer = process.next();
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->type, "failed");
  EXPECT_EQ(answer->body["phase"], "start");
  EXPECT_NE(answer->body["what"].get<std::string>().find(part), std::string::npos)
      << answer->body["what"];
  EXPECT_FALSE(process.next().has_value());
  EXPECT_EQ(process.wait(), kExitInfrastructure);
}

TEST(Worker, RefusesPlansThatItCannotCarryOut) {
  const RunPlan good = small_plan("small");
  expect_refused("trainer", Json::object(), "");
  expect_refused("janitor", to_json(good), "janitor");
  const auto refused = [&](auto&& change, const std::string& part) {
    RunPlan plan = good;
    change(plan);
    expect_refused("trainer", to_json(plan), part);
  };
  refused([](RunPlan& p) { p.data.height = 1'000'000'000; }, "data.height is 1000000000");
  refused([](RunPlan& p) { p.data.channels = 0; }, "data.channels is 0");
  refused([](RunPlan& p) { p.data.classes = 300; }, "data.classes is 300");
  refused([](RunPlan& p) { p.recipe.batch = 0; }, "recipe.batch is 0");
  refused([](RunPlan& p) { p.recipe.epochs = -1; }, "epochs");
  refused([](RunPlan& p) { p.threads = 0; }, "threads is 0");
  refused([](RunPlan& p) { p.recipe.optimizer.name = "adagrad"; }, "adagrad");
  refused([](RunPlan& p) { p.recipe.schedule.every = 0; }, "every");
  refused([](RunPlan& p) { p.recipe.label_smoothing = 1; }, "not below 1");
  refused([](RunPlan& p) { p.recipe.l1 = -1; }, "negative");
  refused([](RunPlan& p) { p.recipe.init = "zeros"; }, "zeros");
  refused([](RunPlan& p) { p.recipe.schedule.name = "lambda"; }, "milestones");
  refused([](RunPlan& p) { p.recipe.schedule.name = "cosin"; }, "cosin");
  refused([](RunPlan& p) { p.device = "abacus"; }, "abacus");
  refused([](RunPlan& p) { p.dtype = "float16"; }, "float16");
  refused([](RunPlan& p) { p.input.mean = {0.5}; }, "input.mean");
  refused([](RunPlan& p) { p.input.std = {1, 0, 1}; }, "not positive");
  refused([](RunPlan& p) { p.recipe.optimizer.lr = -1; }, "negative");
  refused([](RunPlan& p) { p.recipe.optimizer.decays = "some"; }, "some");
  refused([](RunPlan& p) { p.input.pad = "wrap"; }, "wrap");
  refused([](RunPlan& p) { p.input.flip_by = "hand"; }, "hand");
  refused([](RunPlan& p) { p.input.resize_else = "half"; }, "half");
  refused([](RunPlan& p) { p.input.resize = {4}; }, "1 size in input.resize and 0 shares");
  refused(
      [](RunPlan& p) {
        p.input.resize = {9};
        p.input.resize_until = {0.5};
      },
      "found 9 in input.resize, wanted at most 8");
}

TEST(Worker, RefusesAnotherFirstFrame) {
  WorkerProcess process;
  ASSERT_TRUE(process.channel().send("finish", "n", Json::object()).ok());
  EXPECT_EQ(process.next()->type, "failed");
  EXPECT_EQ(process.wait(), kExitInfrastructure);
}

TEST(Worker, LeavesOnBytesThatAreNoFrames) {
  WorkerProcess process;
  process.write_raw(std::string(100, '\xff'));
  EXPECT_EQ(process.next()->type, "failed");
  EXPECT_EQ(process.wait(), kExitInfrastructure);
}

TEST(Worker, RefusesDataThatDoesNotBelongTogether) {
  Images data = quadrant_images(32, 1);
  data.pixels.pop_back();
  TrainerTalk talk = run_trainer(small_plan("small"), data);
  EXPECT_EQ(talk.exit_code, kExitInfrastructure);
  EXPECT_NE(talk.failed["what"].get<std::string>().find("6143 bytes of images and 32 labels"),
            std::string::npos);
  data = quadrant_images(32, 1);
  data.labels[5] = 4;
  talk = run_trainer(small_plan("small"), data);
  EXPECT_EQ(talk.exit_code, kExitInfrastructure);
  EXPECT_NE(talk.failed["what"].get<std::string>().find("label 4 of 4 classes"), std::string::npos);
}

TEST(Worker, LeavesWhenTheSupervisorDiesBeforeTheStart) {
  WorkerProcess process;
  process.close_input();
  EXPECT_EQ(process.wait(), kExitInfrastructure);
}

TEST(Worker, LeavesWhenTheSupervisorDiesDuringTraining) {
  const Images data = quadrant_images(256, 1);
  RunPlan plan = small_plan("small");
  plan.recipe.epochs = 1'000'000;
  WorkerProcess process(&data);
  process.send_start("trainer", to_json(plan));
  EXPECT_EQ(process.next()->type, "ready");
  process.close_all();
  EXPECT_EQ(process.wait(), kExitInfrastructure);
}

TEST(Worker, LeavesWhenTheSupervisorDiesDuringTheExamination) {
  WorkerProcess process;
  process.send_start("examiner", to_json(small_plan("small")));
  EXPECT_EQ(process.next()->type, "ready");
  process.close_all();
  EXPECT_EQ(process.wait(), kExitInfrastructure);
}

TEST(Worker, TakesVerdictsAlongTheWay) {
  const Images data = quadrant_images(64, 1);
  WorkerProcess process(&data);
  process.send_start("trainer", to_json(small_plan("small")));
  bool ended = false;
  while (const auto frame = process.next()) {
    if (frame->type == "weights_begin") {
      ASSERT_TRUE(receive_weights(process.channel(), *frame).ok());
      // The answer may find the worker gone already, after its last epoch.
      const auto sent = process.channel().send(
          "verdict", frame->nonce, {{"epoch", 1}, {"val_accuracy", 0.5}, {"stop", false}});
      static_cast<void>(sent.ok());
    }
    ended = frame->type == "end";
  }
  EXPECT_TRUE(ended);
  EXPECT_EQ(process.wait(), 0);
}

TEST(Worker, TellsAPersonWhatItIs) {
  const auto done = gradus::run(Command{{GRADUS_TEST_WORKER}, {}, {}, "", 20'000});
  ASSERT_TRUE(done.ok());
  EXPECT_EQ(done->exit_code, 2);
  EXPECT_NE(done->err.find("gradus run"), std::string::npos);
}

}  // namespace
}  // namespace gradus::worker::test
