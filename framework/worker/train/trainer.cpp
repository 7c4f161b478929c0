#include "framework/worker/train/trainer.hpp"

#include <torch/types.h>

#include <chrono>

#include "framework/worker/failure.hpp"
#include "framework/worker/input/augmenter.hpp"
#include "framework/worker/train/sgd.hpp"
#include "framework/worker/train/step.hpp"
#include "framework/worker/weights.hpp"

namespace gradus::worker {
namespace {

using Clock = std::chrono::steady_clock;

/// Progress is for a person's eyes: some five lines a second, however fast the steps are.
class ProgressPace {
 public:
  bool due() {
    const auto now = Clock::now();
    if (now < next_) return false;
    next_ = now + std::chrono::milliseconds(200);
    return true;
  }

 private:
  Clock::time_point next_ = Clock::now();
};

struct Running {
  double loss = 0;
  std::int64_t correct = 0, images = 0;
};

bool all_finite(const std::vector<torch::Tensor>& tensors) {
  for (const torch::Tensor& tensor : tensors) {
    if (!tensor.isfinite().all().item<bool>()) return false;
  }
  return true;
}

}  // namespace

Status train(const RunPlan& plan, Network& network, Augmentation* augmentation,
             const TrainingData& data, Session& session) {
  GRADUS_TRY(const Weights initial, take_weights(network.module(), "init", 0));
  GRADUS_CHECK(session.send_weights(initial));
  const Recipe& recipe = plan.recipe;
  if (recipe.epochs < 1) return {};

  LoaderOptions options;
  options.seed = plan.seed;
  options.batch = recipe.batch;
  options.last_epoch = recipe.epochs;
  options.crop = augmentation == nullptr ? plan.input.crop : 0;
  options.flip = augmentation == nullptr && plan.input.flip;
  options.channels_last = augmentation == nullptr && network.channels_last();
  const PixelTable table = augmentation == nullptr
                               ? PixelTable(data.shape.channels, plan.input.mean, plan.input.std)
                               : PixelTable(data.shape.channels, {}, {});
  BatchLoader loader(data, options, table);
  Augmenter augmenter(augmentation, plan, network);

  const std::vector<torch::Tensor> parameters = network.trainable();
  Sgd optimizer(parameters, recipe.optimizer);
  ProgressPace pace;
  Running running;
  const std::int64_t steps = loader.steps_per_epoch();
  std::int64_t step_in_run = 0;
  GRADUS_CHECK(network.set_training(true, "train"));
  while (auto batch = loader.next()) {
    if (batch->step == 0) {
      running = {};
      // So that a run that goes on from an epoch's weights equals one that was never stopped.
      network.guard().seed(torch_seed(plan.seed, static_cast<std::uint64_t>(batch->epoch)));
    }
    if (augmentation != nullptr) {
      GRADUS_TRY(batch->images, augmenter.apply(*batch));
    }
    optimizer.zero_grad();
    GRADUS_TRY(const StepResult result,
               forward_backward(network, batch->images, batch->labels, step_in_run == 0, "train"));
    const bool last = batch->step + 1 == steps;
    if (result.finite) {
      optimizer.step();
      running.loss += result.loss * static_cast<double>(batch->count);
      running.correct += result.correct;
      running.images += batch->count;
    }
    if (!result.finite || (last && !all_finite(parameters))) {
      return session.claim("diverged", {{"epoch", batch->epoch}, {"step", batch->step}});
    }
    ++step_in_run;
    if (pace.due() || last) {
      GRADUS_CHECK(session.claim("progress", {{"epoch", batch->epoch},
                                              {"step", batch->step + 1},
                                              {"steps", steps},
                                              {"loss", result.loss}}));
      GRADUS_CHECK(session.drain());
    }
    if (last) {
      const auto images = static_cast<double>(running.images);
      GRADUS_CHECK(session.claim("epoch_end",
                                 {{"epoch", batch->epoch},
                                  {"train_loss", running.loss / images},
                                  {"train_accuracy", static_cast<double>(running.correct) / images},
                                  {"lr", recipe.optimizer.lr}}));
      GRADUS_TRY(const Weights weights, take_weights(network.module(), "epoch", batch->epoch));
      GRADUS_CHECK(session.send_weights(weights));
    }
  }
  return {};
}

}  // namespace gradus::worker
