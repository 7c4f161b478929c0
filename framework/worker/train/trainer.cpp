#include "framework/worker/train/trainer.hpp"

#include <torch/types.h>

#include <chrono>

#include "framework/record/schedule.hpp"
#include "framework/worker/failure.hpp"
#include "framework/worker/input/augmenter.hpp"
#include "framework/worker/train/checkpoint.hpp"
#include "framework/worker/train/gradients.hpp"
#include "framework/worker/train/step.hpp"
#include "framework/worker/train/updater.hpp"
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

LoaderOptions loader_options(const RunPlan& plan, const Network& network, bool augmented,
                             std::int64_t first_epoch) {
  LoaderOptions options;
  options.seed = plan.seed;
  options.batch = plan.recipe.batch;
  options.first_epoch = first_epoch;
  options.last_epoch = plan.recipe.epochs;
  options.crop = augmented ? 0 : plan.input.crop;
  options.flip = !augmented && plan.input.flip;
  options.channels_last = !augmented && network.channels_last();
  return options;
}

/// Sums up an epoch, hands out what is left of it, hears what shall be next.
class EpochEnd {
 public:
  EpochEnd(const Recipe& recipe, const TrainOptions& options, Network& network,
           const Updater& updater, Session& session)
      : recipe_(recipe),
        options_(options),
        network_(network),
        updater_(updater),
        session_(session) {}

  Result<Verdict> operator()(std::int64_t epoch, const Running& running, double lr) {
    const auto images = static_cast<double>(running.images);
    GRADUS_CHECK(session_.claim("epoch_end",
                                {{"epoch", epoch},
                                 {"train_loss", running.loss / images},
                                 {"train_accuracy", static_cast<double>(running.correct) / images},
                                 {"lr", lr}}));
    GRADUS_TRY(const Weights weights, take_weights(network_.module(), "epoch", epoch));
    GRADUS_CHECK(session_.send_weights(weights));
    if (epoch == recipe_.epochs) return Verdict{};
    if (options_.hand_out_state) {
      GRADUS_TRY(const Weights state, take_state(network_, updater_, epoch));
      GRADUS_CHECK(session_.send_weights(state));
    }
    if (!needs_verdict(recipe_)) return Verdict{};
    return session_.await_verdict(epoch);
  }

 private:
  const Recipe& recipe_;
  const TrainOptions& options_;
  Network& network_;
  const Updater& updater_;
  Session& session_;
};

/// Fetches what the epoch before left, and what was decided then.
Result<Verdict> go_on(const Recipe& recipe, std::int64_t after, Network& network, Updater& updater,
                      Session& session) {
  GRADUS_TRY(const Weights weights, session.receive_weights("epoch", after));
  GRADUS_TRY(const Weights state, session.receive_weights("state", after));
  GRADUS_CHECK(put_weights(network.module(), weights, "go on"));
  GRADUS_CHECK(put_state(network, updater, state));
  return needs_verdict(recipe) ? session.await_verdict(after) : Result<Verdict>(Verdict{});
}

}  // namespace

Status train(const RunPlan& plan, Network& network, Augmentation* augmentation,
             const TrainingData& data, Session& session, const TrainOptions& options) {
  const Recipe& recipe = plan.recipe;
  const std::vector<torch::Tensor> parameters = network.trainable();
  const auto updater = make_updater(parameters, recipe.optimizer);
  Verdict verdict;
  if (options.after_epoch == 0) {
    GRADUS_TRY(const Weights initial, take_weights(network.module(), "init", 0));
    GRADUS_CHECK(session.send_weights(initial));
  } else {
    GRADUS_TRY(verdict, go_on(recipe, options.after_epoch, network, *updater, session));
  }
  if (recipe.epochs <= options.after_epoch) return {};

  const PixelTable table = augmentation == nullptr
                               ? PixelTable(data.shape.channels, plan.input.mean, plan.input.std)
                               : PixelTable(data.shape.channels, {}, {});
  BatchLoader loader(
      data, loader_options(plan, network, augmentation != nullptr, options.after_epoch + 1), table);
  Augmenter augmenter(augmentation, plan, network);
  const GradientShaper shaper(parameters, recipe);
  EpochEnd end_epoch(recipe, options, network, *updater, session);
  ProgressPace pace;
  Running running;
  const std::int64_t steps = loader.steps_per_epoch();
  std::int64_t step_in_run = options.after_epoch * steps;
  double epoch_lr = 0;
  GRADUS_CHECK(network.set_training(true, "train"));
  while (auto batch = loader.next()) {
    const double lr = learning_rate(recipe, step_in_run, steps, verdict.rate);
    if (batch->step == 0) {
      running = {};
      epoch_lr = lr;
      // So that a run that goes on from an epoch's weights equals one that was never stopped.
      network.guard().seed(torch_seed(plan.seed, static_cast<std::uint64_t>(batch->epoch)));
    }
    if (augmentation != nullptr) {
      GRADUS_TRY(batch->images, augmenter.apply(*batch));
    }
    updater->set_lr(lr);
    updater->zero_grad();
    GRADUS_TRY(const StepResult result,
               forward_backward(network, batch->images, batch->labels, step_in_run == 0, "train",
                                recipe.label_smoothing));
    const bool last = batch->step + 1 == steps;
    if (result.finite) {
      shaper.apply();
      updater->step();
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
    if (!last) continue;
    GRADUS_TRY(verdict, end_epoch(batch->epoch, running, epoch_lr));
    if (verdict.stop) return {};
  }
  return {};
}

}  // namespace gradus::worker
