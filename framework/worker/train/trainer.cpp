#include "framework/worker/train/trainer.hpp"

#include <torch/types.h>

#include "framework/record/schedule.hpp"
#include "framework/worker/input/augmenter.hpp"
#include "framework/worker/train/epochs.hpp"
#include "framework/worker/train/gradients.hpp"
#include "framework/worker/train/step.hpp"
#include "framework/worker/train/updater.hpp"

namespace gradus::worker {

Status train(const RunPlan& plan, Network& network, Augmentation* augmentation,
             const TrainingData& data, Session& session, const TrainOptions& options) {
  const Recipe& recipe = plan.recipe;
  const std::vector<torch::Tensor> parameters = network.trainable();
  const auto updater = make_updater(parameters, recipe.optimizer);
  GRADUS_TRY(Verdict verdict, begin_or_go_on(recipe, options, network, *updater, session));
  if (plan.last_epoch() <= options.after_epoch) return {};

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
