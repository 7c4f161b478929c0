#include "framework/worker/train/trainer.hpp"

#include <torch/types.h>

#include <chrono>
#include <set>

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

ImageShape shape_in(const RunPlan& plan, std::int64_t epoch) {
  const ImageSize size =
      shown_size(plan.input, {plan.data.height, plan.data.width}, epoch, plan.recipe.epochs);
  return {plan.data.channels, size.height, size.width};
}

/// Tries every size that the recipe will show: better before the first step than in the middle.
Status check_sizes(const RunPlan& plan, Network& network) {
  if (plan.input.resize.empty()) return {};
  const ImageShape full = network.shape();
  std::set<std::int64_t> tried = {full.height};
  for (std::int64_t epoch = 1; epoch <= plan.recipe.epochs; ++epoch) {
    const ImageShape shape = shape_in(plan, epoch);
    if (!tried.insert(shape.height).second) continue;
    const Status taken = network.try_size(shape.height, shape.width);
    if (taken.ok()) continue;
    const FailureParts parts = failure_parts(taken.error(), "train");
    const auto pixels = [](const ImageShape& s) {
      return std::to_string(s.height) + " x " + std::to_string(s.width);
    };
    return failure(parts.code, "train",
                   "the recipe (input.resize) shows images of " + pixels(shape) +
                       " pixels from epoch " + std::to_string(epoch) +
                       " on, but this model, built for " + pixels(full) +
                       ", does not take them: " + taken.error().what,
                   "A model takes images of any size where global average pooling, not flatten(), "
                   "leads to its first linear layer; or leave input.resize out of the recipe.");
  }
  return {};
}

LoaderOptions loader_options(const RunPlan& plan, const Network& network, bool augmented,
                             std::int64_t first_epoch) {
  LoaderOptions options;
  options.seed = plan.seed;
  options.batch = plan.recipe.batch;
  options.first_epoch = first_epoch;
  options.last_epoch = plan.last_epoch();
  options.channels_last = !augmented && network.channels_last();
  if (augmented) return options;
  const InputSpec& input = plan.input;
  options.placement = {static_cast<std::int32_t>(input.crop), input.flip, input.flip_by == "turns",
                       input.pad == "reflect"};
  if (input.resize.empty()) return options;
  for (std::int64_t epoch = first_epoch; epoch <= options.last_epoch; ++epoch) {
    options.shapes.push_back(shape_in(plan, epoch));
  }
  return options;
}

/// Sums up an epoch, hands out what is left of it, hears what shall be next.
class EpochEnd {
 public:
  EpochEnd(const RunPlan& plan, const TrainOptions& options, Network& network,
           const Updater& updater, Session& session)
      : recipe_(plan.recipe),
        last_epoch_(plan.last_epoch()),
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
    if (!needs_verdict(recipe_) || epoch == last_epoch_) return Verdict{};
    return session_.await_verdict(epoch);
  }

 private:
  const Recipe& recipe_;
  const std::int64_t last_epoch_;  ///< behind it nothing is awaited, but the state is handed out
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
  if (plan.last_epoch() <= options.after_epoch) return {};
  if (augmentation == nullptr) GRADUS_CHECK(check_sizes(plan, network));

  const PixelTable table = augmentation == nullptr
                               ? PixelTable(data.shape.channels, plan.input.mean, plan.input.std)
                               : PixelTable(data.shape.channels, {}, {});
  BatchLoader loader(
      data, loader_options(plan, network, augmentation != nullptr, options.after_epoch + 1), table);
  Augmenter augmenter(augmentation, plan, network);
  const GradientShaper shaper(parameters, recipe);
  EpochEnd end_epoch(plan, options, network, *updater, session);
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
