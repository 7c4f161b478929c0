// The examiner's role, through the real program.

#include <gtest/gtest.h>

#include <cmath>

#include "framework/worker/testing/worker_process.hpp"

namespace gradus::worker::test {
namespace {

TEST(Examiner, ScoresTheTrainersWeights) {
  const RunPlan plan = small_plan("small");
  const TrainerTalk talk = run_trainer(plan, quadrant_images(512, 1));
  ASSERT_EQ(talk.weights.size(), 3U) << talk.printed;
  const Images unseen = quadrant_images(300, 2);
  Examination exam(plan);
  ASSERT_EQ(exam.first()->type, "ready");
  EXPECT_EQ(exam.load(talk.weights[0]).type, "loaded");
  EXPECT_LT(exam.accuracy(unseen), 0.6);  // untrained; chance is .25
  EXPECT_EQ(exam.load(talk.weights[2]).type, "loaded");
  EXPECT_GT(exam.accuracy(unseen), 0.95);
  ASSERT_TRUE(exam.process().channel().send("finish", "last", Json::object()).ok());
  const auto end = exam.process().next();
  ASSERT_TRUE(end.has_value());
  EXPECT_EQ(end->type, "end");
  EXPECT_EQ(end->nonce, "last");
  EXPECT_EQ(exam.process().wait(), 0);
}

/// Sends "apply" and takes the answer.
Frame apply(Examination& exam, Json body, const std::vector<float>& values) {
  EXPECT_TRUE(exam.process()
                  .channel()
                  .send("apply", "c", body, values.data(), values.size() * sizeof(float))
                  .ok());
  return exam.process().next().value_or(Frame{});
}

TEST(Examiner, AppliesThePlansActivationAndItsGradient) {
  RunPlan plan = small_plan("small");
  Examination relu(plan);
  const Frame kept = apply(relu, {{"to", "activation"}, {"shape", {2, 2}}}, {-1, 2, -3, 4});
  ASSERT_EQ(kept.type, "applied");
  EXPECT_EQ(kept.body["shape"], Json({2, 2}));
  EXPECT_EQ(floats(kept), (std::vector<float>{0, 2, 0, 4})) << "ReLU where the plan names none";
  plan.activation =
      PluginUse{"activation", "submission", "learned_swish", GRADUS_TEST_ZOO, "h", {}};
  Examination swish(plan);
  const Frame slope = apply(swish, {{"to", "derivative"}, {"shape", {1}}}, {0});
  ASSERT_EQ(slope.type, "applied");
  EXPECT_FLOAT_EQ(floats(slope)[0], 0.5F);
}

TEST(Examiner, AppliesThePlansAugmentation) {
  RunPlan plan = small_plan("small");
  plan.kind = "probe";
  plan.augmentation = PluginUse{"augmentation", "submission", "shrinks", GRADUS_TEST_ZOO, "h", {}};
  Examination exam(plan);
  const Json body = {{"to", "augmentation"}, {"shape", {1, 3, 2, 2}}, {"indices", {5}}};
  const Frame answer = apply(exam, body, std::vector<float>(12, 0.5F));
  ASSERT_EQ(answer.type, "applied");
  EXPECT_EQ(answer.body["shape"], Json({1, 3, 1, 2})) << "as it comes out: the supervisor judges";
}

TEST(Examiner, TakesNoRequestToApplyThatMakesNoSense) {
  struct Case {
    Json body;
    std::size_t floats;
  };
  for (const Case& one : std::vector<Case>{
           {{{"to", "loss"}, {"shape", {2}}}, 2},
           {{{"to", "activation"}, {"shape", {3}}}, 2},
           {{{"to", "activation"}, {"shape", {2147483647, 2147483647, 2147483647}}}, 2},
           {{{"to", "activation"}, {"shape", {0}}}, 0},
           {{{"to", "augmentation"}, {"shape", {1, 1, 1, 1}}, {"indices", {0}}}, 1}}) {
    Examination exam(small_plan("small"));
    const Frame answer = apply(exam, one.body, std::vector<float>(one.floats, 1.0F));
    EXPECT_EQ(answer.type, "failed") << one.body;
    EXPECT_EQ(exam.process().wait(), 3) << "our own fault, never the submission's: " << one.body;
  }
}

TEST(Examiner, AnswersWithFloatLogitsOfTheRightShape) {
  const RunPlan plan = small_plan("small");
  Examination exam(plan);
  const Frame answer = exam.examine(quadrant_images(7, 2));
  EXPECT_EQ(answer.type, "logits");
  EXPECT_EQ(answer.nonce, "b");
  EXPECT_EQ(answer.body["shape"], Json({7, 4}));
  EXPECT_EQ(answer.body["dtype"], "float32");
  EXPECT_EQ(answer.payload.size(), 7U * 4U * sizeof(float));
}

TEST(Examiner, TrainModeLeavesNoTrace) {
  RunPlan plan = small_plan("small");
  plan.model.options["bn"] = true;
  Examination exam(plan);
  const Images images = quadrant_images(20, 2);
  const auto before = floats(exam.examine(images));
  const auto trained = floats(exam.examine(images, "train"));
  EXPECT_NE(before, trained);  // batch statistics against running ones
  EXPECT_EQ(before, floats(exam.examine(images)));
  EXPECT_EQ(trained, floats(exam.examine(images, "train")));
}

TEST(Examiner, DropoutIsRepeatableInTrainModeAndOffInEval) {
  const RunPlan plan = small_plan("dropping");
  Examination exam(plan), other(plan);
  const Images images = quadrant_images(20, 2);
  const auto trained = floats(exam.examine(images, "train"));
  EXPECT_NE(trained, floats(exam.examine(images)));
  EXPECT_EQ(trained, floats(other.examine(images, "train")));
}

TEST(Examiner, AnUnregisteredLayerShowsAsUntrained) {
  const RunPlan plan = small_plan("unregistered");
  const TrainerTalk talk = run_trainer(plan, quadrant_images(512, 1));
  ASSERT_EQ(talk.weights.size(), 3U) << talk.printed;
  EXPECT_EQ(talk.weights[2].tensors.size(), 2U);
  EXPECT_GT(talk.epochs[1]["train_accuracy"], 0.9);
  RunPlan other_seed = plan;
  other_seed.seed = 99;  // a fresh model of the same seed has the same unregistered layer
  Examination exam(other_seed);
  EXPECT_EQ(exam.load(talk.weights[2]).type, "loaded");
  EXPECT_LT(exam.accuracy(quadrant_images(300, 2)), 0.8);
}

TEST(Examiner, NamesWeightsThatDoNotFit) {
  const RunPlan plan = small_plan("flat");
  const TrainerTalk talk = run_trainer(plan, quadrant_images(64, 1));
  ASSERT_EQ(talk.weights.size(), 3U) << talk.printed;
  Weights weights = talk.weights[1];
  weights.tensors.push_back(weights.tensors.back());
  weights.tensors.back().name = "extra";
  Examination exam(plan);
  const Frame answer = exam.load(weights);
  EXPECT_EQ(answer.type, "failed");
  EXPECT_EQ(answer.body["code"], "INVALID_OUTPUT");
  EXPECT_EQ(answer.body["phase"], "exam load weights");
  EXPECT_NE(answer.body["what"].get<std::string>().find("unknown to the fresh model: extra"),
            std::string::npos)
      << answer.body["what"];
  EXPECT_EQ(exam.process().wait(), 1);
}

TEST(Examiner, NamesMissingAndDifferentTensors) {
  const RunPlan plan = small_plan("small");
  TrainerTalk talk = run_trainer(plan, quadrant_images(64, 1));
  ASSERT_FALSE(talk.weights.empty()) << talk.printed;
  Weights weights = talk.weights[0];
  weights.tensors[1].shape = {2, 4};
  weights.tensors.pop_back();
  Examination exam(plan);
  const std::string what = exam.load(weights).body["what"].get<std::string>();
  EXPECT_NE(what.find("not handed out: linear.bias"), std::string::npos) << what;
  EXPECT_NE(what.find("conv.bias (handed out float32 [2, 4], fresh model Float [8])"),
            std::string::npos)
      << what;
}

TEST(Examiner, AnswersABadOutputAndGoesOn) {
  Examination exam(small_plan("mixes_images"));
  for (int i = 0; i < 2; ++i) {
    const Frame answer = exam.examine(quadrant_images(2, 2));
    EXPECT_EQ(answer.type, "bad_output");
    EXPECT_EQ(answer.nonce, "b");
    EXPECT_NE(answer.body["what"].get<std::string>().find("[1, 8]"), std::string::npos);
  }
}

TEST(Examiner, SendsNotANumberAsItIs) {
  Examination exam(small_plan("nan_at_once"));
  const Frame answer = exam.examine(quadrant_images(2, 2));
  ASSERT_EQ(answer.type, "logits");
  EXPECT_TRUE(std::isnan(floats(answer)[0]));
}

TEST(Examiner, AnExceptionInForwardEndsTheExamination) {
  Examination exam(small_plan("throws_in_forward"));
  const Frame answer = exam.examine(quadrant_images(2, 2));
  EXPECT_EQ(answer.type, "failed");
  EXPECT_EQ(answer.body["phase"], "exam forward");
  EXPECT_EQ(answer.nonce, "b");
  EXPECT_EQ(exam.process().wait(), 1);
}

TEST(Examiner, RefusesImagesThatDoNotMatchThePlan) {
  for (const Json& shape :
       {Json({2, 8, 8, 4}), Json({2, 8, 8}), Json({3, 8, 8, 3}), Json({0, 8, 8, 3})}) {
    Examination exam(small_plan("small"));
    const Images images = quadrant_images(2, 2);
    ASSERT_TRUE(exam.process()
                    .channel()
                    .send("examine", "b", {{"mode", "eval"}, {"shape", shape}},
                          images.pixels.data(), images.pixels.size())
                    .ok());
    EXPECT_EQ(exam.process().next()->type, "failed");
    EXPECT_EQ(exam.process().wait(), 3);  // our own fault, never the submission's
  }
}

}  // namespace
}  // namespace gradus::worker::test
