// A device's way through training, emulated on the CPU, against the CPU's own: the same weights to
// the last bit, the same claims. Through the real program.

#include <gtest/gtest.h>

#include "framework/core/process.hpp"
#include "framework/worker/testing/worker_process.hpp"
#include "framework/worker/worker.hpp"

namespace gradus::worker::test {
namespace {

void expect_equal(const TrainerTalk& a, const TrainerTalk& b) {
  ASSERT_EQ(a.exit_code, 0) << a.printed;
  ASSERT_EQ(b.exit_code, 0) << b.printed;
  EXPECT_EQ(unnumbered(a.epochs), unnumbered(b.epochs));
  EXPECT_EQ(unnumbered(a.diverged), unnumbered(b.diverged));
  ASSERT_EQ(a.weights.size(), b.weights.size());
  for (std::size_t i = 0; i < a.weights.size(); ++i) {
    EXPECT_EQ(a.weights[i].sha256, b.weights[i].sha256)
        << a.weights[i].at << " " << a.weights[i].epoch;
  }
}

struct Way {
  const char* name;
  void (*change)(RunPlan& plan);
};
void PrintTo(const Way& way, std::ostream* out) { *out << way.name; }

class OnADevice : public testing::TestWithParam<Way> {};

// 210 images: the last batch of an epoch is smaller, and each epoch has enough steps that whole and
// last ones are replayed.
TEST_P(OnADevice, TrainsAsOnTheCpu) {
  RunPlan plan = small_plan("small");
  plan.recipe.epochs = 4;
  plan.model.options["bn"] = true;
  GetParam().change(plan);
  const Images data = quadrant_images(210, 1);
  const TrainerTalk cpu = run_trainer(plan, data);
  plan.device = "emulated";
  const TrainerTalk device = run_trainer(plan, data);
  expect_equal(cpu, device);
  EXPECT_EQ(device.ready["engine"]["device"]["name"], "emulated");
  EXPECT_FALSE(cpu.ready["engine"].contains("device"));
  EXPECT_EQ(device.end.value("warnings", Json::array()), cpu.end.value("warnings", Json::array()));
}

INSTANTIATE_TEST_SUITE_P(
    Ways, OnADevice,
    testing::Values(Way{"Plain", [](RunPlan&) {}},
                    Way{"Stock", [](RunPlan& p) { p.engine = "stock"; }},
                    Way{"Contiguous", [](RunPlan& p) { p.memory_format = "contiguous"; }},
                    Way{"Muon",
                        [](RunPlan& p) {
                          p.recipe.optimizer.name = "muon";
                          p.recipe.optimizer.momentum = 0.9;
                          p.recipe.optimizer.weight_decay = 0.1;
                        }},
                    Way{"CropFlip",
                        [](RunPlan& p) {
                          p.input.crop = 2;
                          p.input.flip = true;
                          p.input.pad = "reflect";
                          p.input.flip_by = "turns";
                        }},
                    Way{"Dropout", [](RunPlan& p) { p.model.name = "dropping"; }},
                    Way{"LooksAtAValue", [](RunPlan& p) { p.model.name = "looking"; }},
                    Way{"TiedWeights", [](RunPlan& p) { p.model.name = "tied"; }},
                    Way{"Frozen", [](RunPlan& p) { p.model.name = "frozen"; }},
                    Way{"Views", [](RunPlan& p) { p.model.name = "viewing"; }},
                    Way{"Adam",
                        [](RunPlan& p) {
                          p.recipe.optimizer = {};
                          p.recipe.optimizer.name = "adam";
                          p.recipe.optimizer.lr = 0.003;
                        }},
                    Way{"Schedule",
                        [](RunPlan& p) {
                          p.recipe.schedule.name = "cosine";
                          p.recipe.label_smoothing = 0.1;
                        }},
                    Way{"SmallerImagesFirst",
                        [](RunPlan& p) {
                          p.model.name = "pooling";
                          p.model.options.clear();
                          p.input.crop = 1;
                          p.input.resize = {5, 6};
                          p.input.resize_until = {0.3, 0.6};
                        }},
                    Way{"Augmentation",
                        [](RunPlan& p) {
                          PluginUse use = p.model;
                          use.kind = "augmentation";
                          use.name = "brighten";
                          use.options.clear();
                          p.augmentation = use;
                        }},
                    Way{"BatchLargerThanTheData", [](RunPlan& p) { p.recipe.batch = 512; }}),
    [](const auto& test) { return std::string(test.param.name); });

// Clips are computed in another order there, since nothing may be waited for.
TEST(Device, ShapesGradientsAsTheCpuDoes) {
  RunPlan plan = small_plan("small");
  plan.recipe.l1 = 0.001;
  plan.recipe.l2 = 0.01;
  plan.recipe.clip_norm = 0.5;
  plan.recipe.clip_value = 0.2;
  const Images data = quadrant_images(210, 1);
  const TrainerTalk cpu = run_trainer(plan, data);
  plan.device = "emulated";
  const TrainerTalk device = run_trainer(plan, data);
  ASSERT_EQ(device.epochs.size(), 2U) << device.printed;
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_NEAR(device.epochs[i]["train_loss"].get<double>(),
                cpu.epochs[i]["train_loss"].get<double>(), 1e-4);
  }
  plan.recipe.clip_norm = 0;
  EXPECT_NE(run_trainer(plan, data).weights.back().sha256, device.weights.back().sha256);
}

TEST(Device, DivergesInTheSameStep) {
  RunPlan plan = small_plan("nan_later");
  const Images data = quadrant_images(210, 1);
  const TrainerTalk cpu = run_trainer(plan, data);
  ASSERT_EQ(cpu.diverged.size(), 1U) << cpu.printed;
  plan.device = "emulated";
  expect_equal(cpu, run_trainer(plan, data));
}

TEST(Device, SaysWhatIsWrongWithTheFirstLogits) {
  RunPlan plan = small_plan("nan_at_once");
  plan.device = "emulated";
  const TrainerTalk talk = run_trainer(plan, quadrant_images(64, 1));
  EXPECT_EQ(talk.failed["code"], "INVALID_OUTPUT");
  EXPECT_NE(talk.failed["what"].get<std::string>().find("before the first step"),
            std::string::npos);
}

// A run may begin on the CPU and go on elsewhere: a checkpoint knows no device.
TEST(Device, GoesOnFromACheckpointOfTheCpuAndBack) {
  RunPlan plan = small_plan("dropping");
  plan.recipe.epochs = 3;
  const Images data = quadrant_images(100, 1);
  const TrainerTalk whole = run_trainer(plan, data, {true, nullptr, nullptr});
  ASSERT_EQ(whole.exit_code, 0) << whole.printed;
  for (const char* first : {"cpu", "emulated"}) {
    plan.device = first;
    const TrainerTalk begun = run_trainer(plan, data, {true, nullptr, nullptr});
    const Weights *weights = nullptr, *state = nullptr;
    for (const Weights& sent : begun.weights) {
      if (sent.epoch == 2) (sent.at == "state" ? state : weights) = &sent;
    }
    ASSERT_TRUE(weights != nullptr && state != nullptr);
    plan.device = plan.device == "cpu" ? "emulated" : "cpu";
    const TrainerTalk rest = run_trainer(plan, data, {true, weights, state});
    ASSERT_EQ(rest.exit_code, 0) << rest.printed;
    EXPECT_EQ(rest.weights.back().sha256, whole.weights.back().sha256) << first << " first";
  }
}

TEST(Device, ExaminesThereToo) {
  RunPlan plan = small_plan("small");
  const Images data = quadrant_images(96, 1);
  const TrainerTalk talk = run_trainer(plan, data);
  Examination cpu(plan);
  ASSERT_EQ(cpu.load(talk.weights.back()).type, "loaded");
  plan.device = "emulated";
  Examination device(plan);
  ASSERT_EQ(device.load(talk.weights.back()).type, "loaded");
  EXPECT_EQ(floats(cpu.examine(data)), floats(device.examine(data)));
}

// On a machine without a GPU; where there is one, the run goes well.
TEST(Device, AGpuThatIsNotThereIsNobodysFailure) {
  RunPlan plan = small_plan("small");
  plan.device = "cuda";
  plan.device_name = "some GPU";
  plan.limits.gpu_memory_mib = 512;
  const TrainerTalk talk = run_trainer(plan, quadrant_images(64, 1));
  if (talk.exit_code == 0) {
    EXPECT_EQ(talk.epochs.size(), 2U);
    return;
  }
  EXPECT_EQ(talk.exit_code, kExitInfrastructure);
  EXPECT_EQ(talk.failed["code"], "DEVICE_LOST");
  EXPECT_NE(talk.failed["cure"].get<std::string>().find("--device cpu"), std::string::npos)
      << talk.failed;
  EXPECT_EQ(talk.failed["what"].get<std::string>().find('\n'), std::string::npos);
}

// What 'gradus doctor' calls, in the sandbox, where a GPU answers.
TEST(Device, ATrialOfAGpuSaysWhatFailed) {
  Command command;
  command.argv = {GRADUS_TEST_WORKER, "--try-gpu"};
  const auto tried = run(command);
  ASSERT_TRUE(tried.ok()) << tried.error().text();
  if (tried->exit_code == 0) return;  // there is one, and it does
  EXPECT_EQ(tried->exit_code, kExitInfrastructure) << tried->err;
  const Json said = Json::parse(tried->out, nullptr, false);
  ASSERT_TRUE(said.is_object()) << tried->out;
  EXPECT_FALSE(said["what"].get<std::string>().empty());
  EXPECT_NE(said["cure"].get<std::string>().find("--device cpu"), std::string::npos) << said;
}

TEST(Device, RefusesPlansThatNoDeviceRuns) {
  RunPlan plan = small_plan("small");
  plan.device = "emulated";
  plan.kind = "probe";
  EXPECT_NE(run_trainer(plan, quadrant_images(64, 1)).printed.find("probes"), std::string::npos);
  plan = small_plan("small");
  plan.dtype = "tfloat32";
  EXPECT_NE(run_trainer(plan, quadrant_images(64, 1)).printed.find("GPUs only"), std::string::npos);
}

}  // namespace
}  // namespace gradus::worker::test
