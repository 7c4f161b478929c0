// Models that treat their parameters' memory in odd ways, sizes that do not fit each other and
// machines with little to offer, through the real program and with both engines: each run ends
// well or with a sentence, never in a crash.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "framework/core/testing/one_core.hpp"
#include "framework/worker/testing/worker_process.hpp"

namespace gradus::worker::test {
namespace {

using ::testing::HasSubstr;

constexpr const char* kEngines[] = {"gradus", "stock"};

RunPlan plan_for(const std::string& model, const std::string& engine) {
  RunPlan plan = small_plan(model);
  plan.engine = engine;
  return plan;
}

/// Accuracy of the last weights on images that were not trained on.
double examined(const RunPlan& plan, const TrainerTalk& talk) {
  EXPECT_EQ(talk.exit_code, 0) << talk.printed;
  if (talk.weights.empty()) return -1;
  Examination exam(plan);
  const Frame loaded = exam.load(talk.weights.back());
  EXPECT_EQ(loaded.type, "loaded") << loaded.body;
  return loaded.type == "loaded" ? exam.accuracy(quadrant_images(200, 2)) : -1;
}

struct Odd {
  const char* model;
  const char* what = "";  ///< part of the sentence that ends it; empty: it trains
  double least = 0.9;     ///< accuracy of one that trains
};
void PrintTo(const Odd& one, std::ostream* out) { *out << one.model; }

class OddModel : public ::testing::TestWithParam<Odd> {};

TEST_P(OddModel, TrainsOrIsToldWhyNot) {
  const Images data = quadrant_images(300, 1);
  for (const char* engine : {"gradus", "stock", "emulated"}) {
    RunPlan plan = plan_for(GetParam().model, engine);
    if (plan.engine == "emulated") {  // a GPU's way, which records steps
      plan.engine = "gradus";
      plan.device = "emulated";
    }
    const TrainerTalk talk = run_trainer(plan, data);
    if (*GetParam().what == '\0') {
      EXPECT_GE(examined(plan, talk), GetParam().least) << engine;
      continue;
    }
    EXPECT_EQ(talk.exit_code, 1) << engine << talk.printed;
    ASSERT_TRUE(talk.failed.is_object()) << engine << talk.printed;
    EXPECT_THAT(talk.failed["what"].get<std::string>(), HasSubstr(GetParam().what)) << engine;
    EXPECT_FALSE(talk.failed["cure"].get<std::string>().empty()) << engine;
    EXPECT_TRUE(talk.epochs.empty()) << engine << ": before the end of an epoch";
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, OddModel,
    ::testing::Values(Odd{"one_layer"}, Odd{"moves"}, Odd{"swaps_buffers"}, Odd{"replaces_module"},
                      Odd{"writes_input"}, Odd{"shares_tensor"}, Odd{"transposed"},
                      Odd{"with_gaps"}, Odd{"double_inside"}, Odd{"half_inside"},
                      Odd{"returns_parameter", "", 0.1},
                      Odd{"grows",
                          "made the parameter 'linear.bias' Float [8], which was Float [4]"},
                      Odd{"resizes", "cannot resize variables that require grad"},
                      Odd{"replaces", "another tensor in the place of the parameter 'scale'"},
                      Odd{"frees_buffer", "made the buffer 'a' Float [0], which was Float [2]"},
                      Odd{"lazy", "forward() registered the parameter 'extra'"},
                      Odd{"returns_input", "does not depend on any parameter"},
                      Odd{"no_parameters", "does not depend on any parameter"},
                      Odd{"expanded", "of shape [4, 192] lie at one place in memory"},
                      Odd{"double_throughout", "the parameter 'linear.weight' is Double"},
                      Odd{"half_throughout", "the parameter 'linear.weight' is Half"}),
    [](const auto& name) { return std::string(name.param.model); });

TEST(OddModels, MovedOrTransposedMemoryChangesNoResult) {
  const Images data = quadrant_images(300, 1);
  for (const char* optimizer : {"sgd", "adam"}) {
    RunPlan plan = plan_for("one_layer", "gradus");
    plan.recipe.optimizer.name = optimizer;
    plan.recipe.optimizer.lr = optimizer == std::string("sgd") ? 0.05 : 0.01;
    const TrainerTalk still = run_trainer(plan, data);
    plan.model.name = "moves";
    const TrainerTalk moved = run_trainer(plan, data);
    ASSERT_EQ(moved.weights.size(), 3U) << moved.printed;
    EXPECT_EQ(moved.weights.back().sha256, still.weights.back().sha256) << optimizer;
    for (const char* model : {"transposed", "with_gaps", "double_inside"}) {
      plan.model.name = model;
      EXPECT_GE(examined(plan, run_trainer(plan, data)), 0.9) << model << " " << optimizer;
    }
  }
}

TEST(OddModels, ParametersThatAreSharedAreHandedOutAndTrainedOnce) {
  const TrainerTalk talk = run_trainer(plan_for("shares_tensor", "gradus"), quadrant_images(96, 1));
  ASSERT_EQ(talk.weights.size(), 3U) << talk.printed;
  EXPECT_EQ(talk.weights.back().tensors.size(), 2U);
}

float first_value(const TrainerTalk& talk, const std::string& name) {
  float value = -1;
  if (talk.weights.empty()) return value;
  for (const Tensor& tensor : talk.weights.front().tensors) {
    if (tensor.name == name) std::memcpy(&value, tensor.bytes.data(), sizeof value);
  }
  return value;
}

// Regression: what the worker's trial call did to a module that is replaced in it was not undone.
TEST(OddModels, ATrialCallLeavesNoTraceInBuffers) {
  const Images data = quadrant_images(96, 1);
  const TrainerTalk replaced = run_trainer(plan_for("replaces_module", "gradus"), data);
  EXPECT_EQ(first_value(replaced, "counter.calls"), 0) << replaced.printed;
  const TrainerTalk swapped = run_trainer(plan_for("swaps_buffers", "gradus"), data);
  EXPECT_EQ(first_value(swapped, "a"), 0) << swapped.printed;
  EXPECT_EQ(first_value(swapped, "b"), 1);
}

TEST(OddModels, OneWithoutParametersIsToldSoInAProbeToo) {
  RunPlan plan = small_plan("no_parameters");
  plan.kind = "probe";
  plan.probes.push_back({"every_parameter_moves", {}});
  const TrainerTalk talk = run_trainer(plan, quadrant_images(64, 1));
  EXPECT_EQ(talk.exit_code, 1) << talk.printed;
  EXPECT_THAT(talk.failed["what"].get<std::string>(), HasSubstr("no parameter that requires"));
}

TEST(OddSizes, ABatchLargerThanTheDataIsTheWholeOfIt) {
  const Images data = quadrant_images(200, 1);
  for (const char* engine : kEngines) {
    RunPlan plan = plan_for("small", engine);
    plan.model.options["bn"] = true;
    plan.train_images = 64;
    plan.recipe.batch = 128;
    plan.recipe.epochs = 20;
    const TrainerTalk talk = run_trainer(plan, data);
    EXPECT_GE(examined(plan, talk), 0.7) << engine;
    ASSERT_FALSE(talk.progress.empty()) << talk.printed;
    EXPECT_EQ(talk.progress.back()["steps"], 1);
    plan.recipe.batch = 64;
    EXPECT_EQ(run_trainer(plan, data).weights.back().sha256, talk.weights.back().sha256);
  }
}

TEST(OddSizes, OneImageAndProbesOfFewImages) {
  RunPlan plan = small_plan("small");
  plan.train_images = 1;
  plan.recipe.batch = 128;
  const TrainerTalk talk = run_trainer(plan, quadrant_images(200, 1));
  EXPECT_EQ(talk.exit_code, 0) << talk.printed;
  plan.train_images = 64;
  plan.kind = "probe";
  for (const char* probe : {"overfits_one_batch", "gradients", "dead_units", "memory_slope"}) {
    plan.probes.push_back({probe, {}});
  }
  const TrainerTalk probed = run_trainer(plan, quadrant_images(200, 1));
  EXPECT_EQ(probed.exit_code, 0) << probed.printed;
  EXPECT_EQ(probed.weights.back().at, "overfit");
  EXPECT_EQ(probed.measured.size(), 3U);
  Examination exam(plan);
  EXPECT_EQ(exam.load(probed.weights.back()).type, "loaded");
  EXPECT_EQ(exam.examine(quadrant_images(1, 2)).body["shape"], Json({1, 4}));
}

TEST(OddSizes, OneCoreIsEnoughWhateverTheNumberOfThreads) {
  const Images data = quadrant_images(128, 1);
  for (const char* engine : kEngines) {
    RunPlan plan = plan_for("small", engine);
    plan.model.options["bn"] = true;
    plan.threads = 3;
    const TrainerTalk free = run_trainer(plan, data);
    const OneCore pinned;
    const TrainerTalk tight = run_trainer(plan, data);
    EXPECT_EQ(tight.exit_code, 0) << tight.printed;
    ASSERT_FALSE(tight.weights.empty());
    EXPECT_EQ(tight.weights.back().sha256, free.weights.back().sha256) << engine;
  }
}

TEST(OddSizes, ABatchLargerThanTheDataIsOneStepAndIsSaid) {
  RunPlan plan = plan_for("small", "gradus");
  plan.recipe.batch = 1024;
  const TrainerTalk talk = run_trainer(plan, quadrant_images(300, 1));
  EXPECT_EQ(talk.exit_code, 0) << talk.printed;
  const std::string said = talk.ready["warnings"].dump() + talk.end.dump();
  EXPECT_NE(said.find("there are 300 to train on"), std::string::npos) << said;
  plan.recipe.batch = 300;
  const TrainerTalk fits = run_trainer(plan, quadrant_images(300, 1));
  EXPECT_EQ((fits.ready["warnings"].dump() + fits.end.dump()).find("to train on"),
            std::string::npos);
}

// A plan that was made elsewhere may ask for numbers that this CPU has no instructions for.
TEST(OddSizes, Bfloat16IsComputedOnAnyCpuAndNamed) {
  RunPlan plan = plan_for("small", "gradus");
  plan.dtype = "bfloat16";
  const TrainerTalk talk = run_trainer(plan, quadrant_images(300, 1));
  EXPECT_GE(examined(plan, talk), 0.9);
  EXPECT_EQ(talk.ready["engine"]["dtype"], "bfloat16");
}

}  // namespace
}  // namespace gradus::worker::test
