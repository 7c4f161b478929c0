// The trainer's role, through the real program.

#include <gtest/gtest.h>

#include <algorithm>

#include "framework/core/hash.hpp"
#include "framework/worker/testing/worker_process.hpp"

namespace gradus::worker::test {
namespace {

std::vector<std::string> hand_overs(const TrainerTalk& talk) {
  std::vector<std::string> found;
  for (const Weights& weights : talk.weights) {
    found.push_back(weights.at + std::to_string(weights.epoch));
  }
  return found;
}

void expect_same_bytes(const TrainerTalk& a, const TrainerTalk& b) {
  ASSERT_EQ(a.weights.size(), b.weights.size());
  for (std::size_t i = 0; i < a.weights.size(); ++i) {
    EXPECT_EQ(a.weights[i].sha256, b.weights[i].sha256) << a.weights[i].at;
  }
  EXPECT_EQ(a.epochs, b.epochs);
}

TEST(Trainer, TrainsAndHandsOutWeightsEveryEpoch) {
  const RunPlan plan = small_plan("small");
  const TrainerTalk talk = run_trainer(plan, quadrant_images(500, 1));
  EXPECT_EQ(talk.exit_code, 0) << talk.printed;
  EXPECT_EQ(talk.ready["model"], Json({{"name", "small"}, {"version", "1.2"}}));
  EXPECT_EQ(talk.ready["engine"]["memory_format"], "channels_last");
  EXPECT_EQ(talk.ready["warnings"], Json::array());
  EXPECT_EQ(talk.end, Json::object());
  EXPECT_EQ(hand_overs(talk), (std::vector<std::string>{"init0", "epoch1", "epoch2"}));
  ASSERT_EQ(talk.epochs.size(), 2U);
  EXPECT_NEAR(talk.epochs[0]["train_loss"].get<double>(), 0.7, 0.7);
  EXPECT_GT(talk.epochs[1]["train_accuracy"], 0.95);
  EXPECT_LT(talk.epochs[1]["train_loss"], talk.epochs[0]["train_loss"]);
  EXPECT_EQ(talk.epochs[1]["lr"], 0.05);
  EXPECT_EQ(talk.progress.back()["step"], 16);  // ⌈500 / 32⌉
  EXPECT_EQ(talk.progress.back()["steps"], 16);
  for (std::size_t i = 0; i < talk.seqs.size(); ++i) {
    EXPECT_EQ(talk.seqs[i], static_cast<std::int64_t>(i));
  }
}

TEST(Trainer, HandsOutEveryTensorInPlainOrder) {
  RunPlan plan = small_plan("small");
  plan.model.options["bn"] = true;
  plan.recipe.epochs = 1;
  const TrainerTalk talk = run_trainer(plan, quadrant_images(96, 1));
  ASSERT_EQ(talk.weights.size(), 2U) << talk.printed;
  std::string text;
  for (const Tensor& tensor : talk.weights[1].tensors) {
    text += tensor.name + " " + tensor.kind + " " + tensor.dtype + " " + Json(tensor.shape).dump() +
            "\n";
  }
  EXPECT_EQ(text,
            "conv.weight parameter float32 [8,3,3,3]\n"
            "conv.bias parameter float32 [8]\n"
            "linear.weight parameter float32 [4,128]\n"
            "linear.bias parameter float32 [4]\n"
            "norm.weight parameter float32 [8]\n"
            "norm.bias parameter float32 [8]\n"
            "norm.running_mean buffer float32 [8]\n"
            "norm.running_var buffer float32 [8]\n"
            "norm.num_batches_tracked buffer int64 []\n");
  // Three steps: the worker's trial call has left no trace in the buffers.
  const Tensor& steps = talk.weights[1].tensors.back();
  EXPECT_EQ(std::to_integer<int>(steps.bytes[0]), 3);
  EXPECT_EQ(std::to_integer<int>(talk.weights[0].tensors.back().bytes[0]), 0);
}

TEST(Trainer, HandsOutTiedWeightsOnce) {
  const TrainerTalk talk = run_trainer(small_plan("tied"), quadrant_images(96, 1));
  ASSERT_FALSE(talk.weights.empty()) << talk.printed;
  std::int64_t parameters = 0;
  for (const Tensor& tensor : talk.weights[0].tensors) parameters += tensor.count();
  EXPECT_EQ(parameters, 192 * 16 + 16 + 16 * 16 + 16 + 16 * 4 + 4);
}

TEST(Trainer, TwoRunsOfOnePlanAreEqualByteByByte) {
  RunPlan plan = small_plan("dropping");
  plan.input.crop = 1;
  plan.input.flip = true;
  const Images data = quadrant_images(300, 1);
  const TrainerTalk first = run_trainer(plan, data);
  EXPECT_EQ(first.exit_code, 0) << first.printed;
  expect_same_bytes(first, run_trainer(plan, data));
  plan.seed = 8;
  const TrainerTalk other = run_trainer(plan, data);
  EXPECT_NE(first.weights[0].sha256, other.weights[0].sha256);
  EXPECT_NE(first.epochs, other.epochs);
}

TEST(Trainer, EveryRecipeValueCounts) {
  const Images data = quadrant_images(64, 1);
  RunPlan plan = small_plan("small");
  plan.recipe.epochs = 1;
  const auto last = [&](const RunPlan& p) { return run_trainer(p, data).weights.back().sha256; };
  const std::string base = last(plan);
  const auto changed = [&](auto&& change) {
    RunPlan other = plan;
    change(other);
    return last(other);
  };
  EXPECT_NE(base, changed([](RunPlan& p) { p.recipe.optimizer.lr = 0.06; }));
  EXPECT_NE(base, changed([](RunPlan& p) { p.recipe.optimizer.momentum = 0.8; }));
  EXPECT_NE(base, changed([](RunPlan& p) { p.recipe.optimizer.nesterov = true; }));
  EXPECT_NE(base, changed([](RunPlan& p) { p.recipe.optimizer.weight_decay = 0; }));
  EXPECT_NE(base, changed([](RunPlan& p) { p.recipe.optimizer.decays = "weights"; }));
  EXPECT_NE(base, changed([](RunPlan& p) { p.recipe.batch = 16; }));
  EXPECT_NE(base, changed([](RunPlan& p) { p.input.flip = true; }));
  EXPECT_NE(base, changed([](RunPlan& p) { p.input.crop = 1; }));
  EXPECT_NE(base, changed([](RunPlan& p) { p.train_images = 48; }));
}

TEST(Trainer, EveryInputValueCounts) {
  const Images data = quadrant_images(64, 1);
  RunPlan plan = small_plan("pooling");
  plan.input.crop = 2;
  plan.input.flip = true;
  const auto last = [&](const RunPlan& p) {
    const TrainerTalk talk = run_trainer(p, data);
    EXPECT_EQ(talk.exit_code, 0) << talk.printed;
    return talk.weights.back().sha256;
  };
  const std::string base = last(plan);
  const auto changed = [&](auto&& change) {
    RunPlan other = plan;
    change(other);
    return last(other);
  };
  EXPECT_NE(base, changed([](RunPlan& p) { p.input.pad = "reflect"; }));
  EXPECT_NE(base, changed([](RunPlan& p) { p.input.flip_by = "turns"; }));
  EXPECT_NE(base, changed([](RunPlan& p) {
              p.input.resize = {6};
              p.input.resize_until = {0.5};
            }));
}

float last_height(const Weights& weights) {
  float height = 0;
  for (const Tensor& tensor : weights.tensors) {
    if (tensor.name == "height") memcpy(&height, tensor.bytes.data(), sizeof height);
  }
  return height;
}

TEST(Trainer, ShowsSmallImagesFirst) {
  RunPlan plan = small_plan("pooling");
  plan.recipe.epochs = 4;
  plan.input.resize = {4, 6};
  plan.input.resize_until = {0.5, 0.75};
  const TrainerTalk talk = run_trainer(plan, quadrant_images(64, 1));
  ASSERT_EQ(talk.weights.size(), 5U) << talk.printed;
  std::vector<float> heights;
  for (const Weights& weights : talk.weights) heights.push_back(last_height(weights));
  EXPECT_EQ(heights, (std::vector<float>{0, 4, 4, 6, 8}));
}

TEST(Trainer, SaysThatAModelDoesNotTakeASmallerImage) {
  RunPlan plan = small_plan("small");
  plan.recipe.epochs = 4;
  plan.input.resize = {8, 6};
  plan.input.resize_until = {0.5, 0.75};
  const TrainerTalk talk = run_trainer(plan, quadrant_images(64, 1));
  ASSERT_FALSE(talk.failed.is_null()) << talk.printed;
  EXPECT_EQ(talk.failed["code"], "ERROR");
  const std::string what = talk.failed["what"].get<std::string>();
  EXPECT_NE(what.find("shows images of 6 x 6 pixels from epoch 3 on, but this model, built for "
                      "8 x 8, does not take them: "),
            std::string::npos)
      << what;
  EXPECT_NE(talk.failed["cure"].get<std::string>().find("global average pooling"),
            std::string::npos);
  EXPECT_TRUE(talk.epochs.empty()) << "before the first step";
}

TEST(Trainer, TrainsAModelOfOneSizeAtFullSizeWhereTheRecipeSaysSo) {
  RunPlan plan = small_plan("small");
  plan.recipe.epochs = 2;
  const TrainerTalk at_full_size = run_trainer(plan, quadrant_images(64, 1));
  plan.input.resize = {6};
  plan.input.resize_until = {0.5};
  plan.input.resize_else = "full";
  const TrainerTalk talk = run_trainer(plan, quadrant_images(64, 1));
  ASSERT_EQ(talk.weights.size(), 3U) << talk.printed;
  EXPECT_EQ(talk.weights.back().sha256, at_full_size.weights.back().sha256);
  EXPECT_NE(talk.end.dump().find("does not take those of 6 x 6"), std::string::npos) << talk.end;
  plan.model.name = "pooling";
  const TrainerTalk pooled = run_trainer(plan, quadrant_images(64, 1));
  ASSERT_EQ(pooled.weights.size(), 3U) << pooled.printed;
  EXPECT_EQ(last_height(pooled.weights[1]), 6);
  EXPECT_EQ(pooled.end.dump().find("does not take"), std::string::npos) << pooled.end;
}

TEST(Trainer, UsesTheActivationThatThePlanNames) {
  RunPlan plan = small_plan("small");
  plan.recipe.epochs = 1;
  plan.activation =
      PluginUse{"activation", "reference", "learned_swish", GRADUS_TEST_ZOO, "h", {{"beta", 2.0}}};
  const TrainerTalk talk = run_trainer(plan, quadrant_images(64, 1));
  ASSERT_EQ(talk.weights.size(), 2U) << talk.printed;
  const auto beta = std::find_if(talk.weights[0].tensors.begin(), talk.weights[0].tensors.end(),
                                 [](const Tensor& t) { return t.name == "activation.beta"; });
  ASSERT_NE(beta, talk.weights[0].tensors.end());
  float value = 0;
  memcpy(&value, beta->bytes.data(), sizeof value);
  EXPECT_EQ(value, 2.0F);
}

TEST(Trainer, FallsBackToContiguousForCodeThatCallsView) {
  const TrainerTalk talk = run_trainer(small_plan("viewing"), quadrant_images(96, 1));
  EXPECT_EQ(talk.exit_code, 0) << talk.printed;
  EXPECT_EQ(talk.ready["engine"]["memory_format"], "contiguous");
  ASSERT_EQ(talk.ready["warnings"].size(), 1U);
  EXPECT_NE(talk.ready["warnings"][0].get<std::string>().find("flatten()"), std::string::npos);
}

TEST(Trainer, TakesTheFirstStepAgainWhereAGradientCallsView) {
  RunPlan plan = small_plan("viewing_back");
  const TrainerTalk talk = run_trainer(plan, quadrant_images(96, 1));
  EXPECT_EQ(talk.exit_code, 0) << talk.printed;
  EXPECT_NE(talk.end.dump().find("the model's backward() calls view()"), std::string::npos);
  plan.memory_format = "contiguous";
  const TrainerTalk plain = run_trainer(plan, quadrant_images(96, 1));
  ASSERT_EQ(plain.weights.size(), talk.weights.size());
  EXPECT_EQ(plain.weights.back().sha256, talk.weights.back().sha256)
      << "the first try left a trace";
}

TEST(Trainer, MemoryFormatChangesNothingButRounding) {
  RunPlan plan = small_plan("small");
  plan.recipe.epochs = 1;
  const Images data = quadrant_images(64, 1);
  const TrainerTalk fast = run_trainer(plan, data);
  plan.memory_format = "contiguous";
  const TrainerTalk plain = run_trainer(plan, data);
  ASSERT_EQ(fast.weights.size(), 2U);
  ASSERT_EQ(plain.weights.size(), 2U);
  EXPECT_EQ(fast.weights[0].sha256, plain.weights[0].sha256);
  for (std::size_t i = 0; i < fast.weights[1].tensors.size(); ++i) {
    const auto& a = fast.weights[1].tensors[i].bytes;
    const auto& b = plain.weights[1].tensors[i].bytes;
    for (std::size_t at = 0; at < a.size(); at += sizeof(float)) {
      float x = 0, y = 0;
      memcpy(&x, a.data() + at, sizeof x);
      memcpy(&y, b.data() + at, sizeof y);
      ASSERT_NEAR(x, y, 1e-4);
    }
  }
}

TEST(Trainer, CallsTheAugmentationInPlaceOfCropAndFlip) {
  const Images data = quadrant_images(96, 1);
  RunPlan plan = small_plan("small");
  const TrainerTalk plain = run_trainer(plan, data);
  plan.augmentation = PluginUse{"augmentation", "submission", "same", GRADUS_TEST_ZOO, "h", {}};
  plan.input.crop = 2;
  const TrainerTalk same = run_trainer(plan, data);
  EXPECT_EQ(same.exit_code, 0) << same.printed;
  EXPECT_NEAR(same.epochs[0]["train_loss"].get<double>(),
              plain.epochs[0]["train_loss"].get<double>(), 1e-4);
  plan.augmentation->name = "brighten";
  const TrainerTalk first = run_trainer(plan, data);
  EXPECT_GT(std::abs(first.epochs[0]["train_loss"].get<double>() -
                     plain.epochs[0]["train_loss"].get<double>()),
            1e-4);
  expect_same_bytes(first, run_trainer(plan, data));
}

TEST(Trainer, DivergenceIsAResult) {
  const TrainerTalk talk = run_trainer(small_plan("nan_later"), quadrant_images(320, 1));
  EXPECT_EQ(talk.exit_code, 0) << talk.printed;
  ASSERT_EQ(talk.diverged.size(), 1U);
  EXPECT_EQ(talk.diverged[0]["epoch"], 1);
  EXPECT_EQ(talk.diverged[0]["step"], 5);
  EXPECT_TRUE(talk.epochs.empty());
  EXPECT_EQ(hand_overs(talk), std::vector<std::string>{"init0"});
  EXPECT_EQ(talk.end, Json::object());
}

TEST(Trainer, AHugeRateDiverges) {
  RunPlan plan = small_plan("small");
  plan.recipe.optimizer.lr = 1e30;
  const TrainerTalk talk = run_trainer(plan, quadrant_images(96, 1));
  EXPECT_EQ(talk.exit_code, 0) << talk.printed;
  ASSERT_EQ(talk.diverged.size(), 1U);
  EXPECT_EQ(talk.diverged[0]["epoch"], 1);
}

struct Fault {
  const char* model;
  const char* code;
  const char* phase;
  const char* what;  ///< part of the message
  const char* cure;
};
void PrintTo(const Fault& one, std::ostream* out) { *out << one.model; }

class TrainerFault : public testing::TestWithParam<Fault> {};

TEST_P(TrainerFault, IsReportedWithFoundWantedAndCure) {
  const TrainerTalk talk = run_trainer(small_plan(GetParam().model), quadrant_images(64, 1));
  EXPECT_EQ(talk.exit_code, 1) << talk.printed;
  ASSERT_TRUE(talk.failed.is_object());
  EXPECT_EQ(talk.failed["code"], GetParam().code);
  EXPECT_EQ(talk.failed["phase"], GetParam().phase);
  EXPECT_NE(talk.failed["what"].get<std::string>().find(GetParam().what), std::string::npos)
      << talk.failed["what"];
  EXPECT_NE(talk.failed["cure"].get<std::string>().find(GetParam().cure), std::string::npos)
      << talk.failed["cure"];
  EXPECT_TRUE(talk.end.is_null());
}

INSTANTIATE_TEST_SUITE_P(
    All, TrainerFault,
    testing::Values(
        Fault{"no_such", "LOAD_FAILED", "load", "no_such", ""},
        Fault{"throws_in_constructor", "LOAD_FAILED", "construct", "no such width", ""},
        Fault{"throws_in_forward", "ERROR", "train forward", "no std::exception", "std::exception"},
        Fault{"wrong_linear", "ERROR", "train forward", "mat1 and mat2", "shapes"},
        Fault{"nan_at_once", "INVALID_OUTPUT", "train", "128 of 128 logits are NaN",
              "division by zero"},
        Fault{"mixes_images", "INVALID_OUTPUT", "train",
              "[16, 8]; wanted logits float32 [N, K] = [32, 4]", "flatten(1)"},
        Fault{"too_many_classes", "INVALID_OUTPUT", "train", "shape [32, 8]", "context.classes"},
        Fault{"not_flattened", "INVALID_OUTPUT", "train", "shape [32, 3, 8, 8]", "Flatten before"},
        Fault{"doubles", "INVALID_OUTPUT", "train", "dtype Double", "float32"},
        Fault{"undefined", "INVALID_OUTPUT", "train", "an undefined tensor", "Return"},
        Fault{"detached", "INVALID_OUTPUT", "train", "does not depend on any parameter",
              "detach()"}),
    [](const auto& name) { return std::string(name.param.model); });

TEST(Trainer, ReportsFaultsOfAnAugmentation) {
  RunPlan plan = small_plan("small");
  plan.augmentation = PluginUse{"augmentation", "submission", "shrinks", GRADUS_TEST_ZOO, "h", {}};
  TrainerTalk talk = run_trainer(plan, quadrant_images(64, 1));
  EXPECT_EQ(talk.exit_code, 1);
  EXPECT_EQ(talk.failed["phase"], "augmentation");
  EXPECT_NE(talk.failed["what"].get<std::string>().find("shape [32, 3, 7, 8]"), std::string::npos);
  plan.augmentation->name = "poisons";
  talk = run_trainer(plan, quadrant_images(64, 1));
  EXPECT_EQ(talk.failed["code"], "INVALID_OUTPUT");
  EXPECT_NE(talk.failed["what"].get<std::string>().find("NaN or infinite"), std::string::npos);
}

TEST(Trainer, PutsBackWhatAPluginMeddledWith) {
  const TrainerTalk talk = run_trainer(small_plan("meddler"), quadrant_images(64, 1));
  EXPECT_EQ(talk.exit_code, 0) << talk.printed;
  const std::string text = talk.ready["warnings"].dump() + talk.end.dump();
  for (const char* part :
       {"number of threads", "random generator", "default dtype", "gradient mode"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << " in " << text;
  }
  EXPECT_NE(talk.printed.find("hello from the model"), std::string::npos);
}

}  // namespace
}  // namespace gradus::worker::test
