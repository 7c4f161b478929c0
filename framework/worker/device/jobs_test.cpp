#include "framework/worker/device/jobs.hpp"

#include <gtest/gtest.h>
#include <torch/types.h>

#include "framework/worker/device/emulated.hpp"
#include "framework/worker/device/updater.hpp"
#include "framework/worker/input/loader.hpp"
#include "framework/worker/train/updater.hpp"

namespace gradus::worker {
namespace {

std::vector<std::uint8_t> noise(std::int64_t count) {
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<std::uint8_t>(philox(5, Purpose::probe, 0, i)[0]);
  }
  return bytes;
}

struct Look {
  const char* name;
  ImageShape full, shown;
  PlacementRule rule;
  bool channels_last = true;
};
void PrintTo(const Look& look, std::ostream* out) { *out << look.name; }

class Fill : public testing::TestWithParam<Look> {};

// The loader of the CPU is what a GPU's pictures are held against, to the last bit.
TEST_P(Fill, MakesTheLoadersBatches) {
  const Look& look = GetParam();
  constexpr std::int64_t kCount = 11, kBatch = 4;
  const std::vector<std::uint8_t> images = noise(kCount * look.full.size());
  const std::vector<std::uint8_t> labels = noise(kCount);
  const PixelTable table(look.full.channels, {0.4, 0.5, 0.6}, {0.2, 0.3, 0.25});
  const TrainingData data{look.full, kCount, images.data(), labels.data()};
  LoaderOptions options;
  options.seed = 21;
  options.batch = kBatch;
  options.last_epoch = 3;
  options.placement = look.rule;
  options.shapes.assign(3, look.shown);
  options.channels_last = look.channels_last;
  BatchLoader loader(data, options, table);

  const auto device = emulated_device();
  std::vector<float> pixels(static_cast<std::size_t>(kBatch * look.full.size()));
  std::vector<std::int64_t> batch_labels(kBatch);
  int batches = 0;
  while (const auto batch = loader.next()) {
    Cursor cursor;
    cursor.epoch = static_cast<std::uint32_t>(batch->epoch);
    cursor.step = batch->step;
    const auto order = permutation(options.seed, Purpose::shuffle, cursor.epoch, kCount);
    const FillJob job{images.data(), labels.data(),      order.data(),  table.data(),       &cursor,
                      look.full,     look.shown,         look.rule,     options.seed,       kBatch,
                      batch->count,  look.channels_last, pixels.data(), batch_labels.data()};
    device->fill(job);
    const torch::Tensor wanted =
        look.channels_last ? batch->images.permute({0, 2, 3, 1}) : batch->images;
    const torch::Tensor found = torch::from_blob(pixels.data(), wanted.sizes());
    ASSERT_TRUE(found.equal(wanted)) << "epoch " << batch->epoch << ", step " << batch->step;
    for (std::int64_t i = 0; i < batch->count; ++i) {
      EXPECT_EQ(batch_labels[static_cast<std::size_t>(i)], batch->labels[i].item<std::int64_t>());
    }
    ++batches;
  }
  EXPECT_EQ(batches, 9);
}

constexpr ImageShape kColour{3, 8, 6}, kGrey{1, 7, 7};
INSTANTIATE_TEST_SUITE_P(
    Looks, Fill,
    testing::Values(Look{"Plain", kColour, kColour, {}},
                    Look{"PlainContiguous", kColour, kColour, {}, false},
                    Look{"CropBlack", kColour, kColour, {2, false, false, false}},
                    Look{"CropAndCoin", kColour, kColour, {2, true, false, false}},
                    Look{"CropReflectedAndTurns", kColour, kColour, {3, true, true, true}},
                    Look{"FlipContiguous", kColour, kColour, {0, true, false, false}, false},
                    Look{"PaddingWiderThanTheImage", kGrey, kGrey, {9, true, false, false}},
                    Look{"ReflectedFarBeyondTheImage", kGrey, kGrey, {20, true, false, true}},
                    Look{"Smaller", kColour, {3, 5, 4}, {1, true, false, false}},
                    Look{"SmallerContiguous", kGrey, {1, 3, 2}, {1, true, false, true}, false},
                    Look{"OnePixel", kColour, {3, 1, 1}, {}}),
    [](const auto& test) { return std::string(test.param.name); });

struct Rule {
  const char* name;
  void (*change)(Optimizer& optimizer);
};
void PrintTo(const Rule& rule, std::ostream* out) { *out << rule.name; }

class DeviceOptimizer : public testing::TestWithParam<Rule> {};

std::vector<torch::Tensor> some_parameters() {
  torch::manual_seed(3);
  return {
      torch::randn({4, 3}).set_requires_grad(true),
      torch::randn({2, 3, 3, 3}).contiguous(at::MemoryFormat::ChannelsLast).set_requires_grad(true),
      torch::randn({5}).set_requires_grad(true),
      torch::randn({6}).set_requires_grad(true)};  // never gets a gradient
}

constexpr std::size_t kIdle = 3;

void give_gradients(std::vector<torch::Tensor>& parameters, int step) {
  torch::manual_seed(static_cast<std::uint64_t>(100 + step));
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const torch::Tensor gradient = torch::randn_like(parameters[i]);
    if (i != kIdle) parameters[i].mutable_grad() = gradient;
  }
}

void expect_equal(const std::vector<torch::Tensor>& a, const std::vector<torch::Tensor>& b) {
  for (std::size_t i = 0; i < a.size(); ++i) EXPECT_TRUE(a[i].equal(b[i])) << "parameter " << i;
}

// One kernel for all parameters does what the optimizers of the CPU do, and takes over from them in
// the middle of a run, as they from it.
TEST_P(DeviceOptimizer, TakesTheStepsOfTheCpusOne) {
  Optimizer options;
  options.lr = 0.1;
  GetParam().change(options);
  std::vector<torch::Tensor> cpu = some_parameters(), gpu = some_parameters();
  const std::vector<double> rates = {0.1, 0.05, 0.02, 0.3, 0.01, 0.2};
  Cursor cursor;
  const auto device = emulated_device();
  const auto plain = make_updater(cpu, options);
  auto ours = std::make_unique<DeviceUpdater>(gpu, options, *device, &cursor, rates.data());
  for (int step = 0; step < 6; ++step) {
    give_gradients(cpu, step);
    give_gradients(gpu, step);
    plain->set_lr(rates[static_cast<std::size_t>(step)]);
    plain->step();
    ours->step();
    device->advance(&cursor);
    expect_equal(cpu, gpu);
    if (step == 2) {
      const auto state = plain->state();
      EXPECT_EQ(state.size(), ours->state().size());
      ours = std::make_unique<DeviceUpdater>(gpu, options, *device, &cursor, rates.data());
      ASSERT_TRUE(ours->restore(state).ok());
    }
    if (step == 3) {
      ASSERT_TRUE(plain->restore(ours->state()).ok());
    }
  }
  cursor.halted_at = 5;
  const torch::Tensor before = gpu[0].detach().clone();
  give_gradients(gpu, 9);
  ours->step();
  EXPECT_TRUE(before.equal(gpu[0])) << "nothing moves once the epoch is halted";
  EXPECT_FALSE(ours->restore({{"99/velocity", torch::zeros({1})}}).ok());
}

INSTANTIATE_TEST_SUITE_P(Rules, DeviceOptimizer,
                         testing::Values(Rule{"Sgd", [](Optimizer& o) { o.name = "sgd"; }},
                                         Rule{"SgdMomentum",
                                              [](Optimizer& o) {
                                                o.name = "sgd";
                                                o.momentum = 0.9;
                                                o.weight_decay = 0.01;
                                              }},
                                         Rule{"SgdNesterovWeightsAlone",
                                              [](Optimizer& o) {
                                                o.name = "sgd";
                                                o.momentum = 0.9;
                                                o.nesterov = true;
                                                o.weight_decay = 0.01;
                                                o.decays = "weights";
                                              }},
                                         Rule{"Muon",
                                              [](Optimizer& o) {
                                                o.name = "muon";
                                                o.momentum = 0.9;
                                                o.nesterov = true;
                                                o.weight_decay = 0.1;
                                                o.sgd_lr = 0.5;
                                              }},
                                         Rule{"Adam", [](Optimizer& o) { o.name = "adam"; }},
                                         Rule{"Adamw",
                                              [](Optimizer& o) {
                                                o.name = "adamw";
                                                o.weight_decay = 0.1;
                                              }},
                                         Rule{"Rmsprop",
                                              [](Optimizer& o) {
                                                o.name = "rmsprop";
                                                o.momentum = 0.5;
                                              }},
                                         Rule{"Adadelta",
                                              [](Optimizer& o) { o.name = "adadelta"; }}),
                         [](const auto& test) { return std::string(test.param.name); });

// In float32, since the kernels are; a double takes part through a copy.
TEST(DeviceOptimizerOfDoubles, TakesTheirSteps) {
  Optimizer options;
  options.name = "sgd";
  options.lr = 0.1;
  options.momentum = 0.9;
  torch::Tensor parameter = torch::ones({4}, torch::kFloat64).set_requires_grad(true);
  const double rate = 0.1;
  Cursor cursor;
  const auto device = emulated_device();
  DeviceUpdater updater({parameter}, options, *device, &cursor, &rate);
  for (int i = 0; i < 2; ++i) {
    parameter.mutable_grad() = torch::full({4}, 2.0, torch::kFloat64);
    updater.step();
  }
  EXPECT_EQ(parameter.scalar_type(), torch::kFloat64);
  EXPECT_NEAR(parameter[0].item<double>(), 1 - 0.1 * 2 - 0.1 * 3.8, 1e-6);
}

TEST(Tally, SumsUpAndHaltsAtTheFirstLossThatIsNotFinite) {
  Cursor cursor;
  tally_step(2.0F, 3, 10, cursor);
  ++cursor.step;
  tally_step(1.0F, 4, 5, cursor);
  ++cursor.step;
  EXPECT_EQ(cursor.halted_at, -1);
  tally_step(std::numeric_limits<float>::infinity(), 5, 10, cursor);
  ++cursor.step;
  tally_step(1.0F, 5, 10, cursor);
  EXPECT_EQ(cursor.halted_at, 2);
  EXPECT_EQ(cursor.loss, 25.0);
  EXPECT_EQ(cursor.last_loss, 1.0);
  EXPECT_EQ(cursor.correct, 7);
  EXPECT_EQ(cursor.images, 15);
}

}  // namespace
}  // namespace gradus::worker
