#include "framework/worker/train/epochs.hpp"

#include <torch/types.h>

#include <set>

#include "framework/core/text.hpp"
#include "framework/worker/failure.hpp"
#include "framework/worker/train/checkpoint.hpp"
#include "framework/worker/weights.hpp"

namespace gradus::worker {
namespace {

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

bool ProgressPace::due() {
  const auto now = std::chrono::steady_clock::now();
  if (now < next_) return false;
  next_ = now + std::chrono::milliseconds(200);
  return true;
}

bool all_finite(const std::vector<torch::Tensor>& tensors) {
  // One question in the end: each one waits until the device has caught up.
  std::vector<torch::Tensor> finite;
  for (const torch::Tensor& tensor : tensors) finite.push_back(tensor.isfinite().all());
  return finite.empty() || torch::stack(finite).all().item<bool>();
}

ImageShape shape_in(const RunPlan& plan, std::int64_t epoch) {
  const ImageSize size =
      shown_size(plan.input, {plan.data.height, plan.data.width}, epoch, plan.recipe.epochs);
  return {plan.data.channels, size.height, size.width};
}

namespace {

std::string pixels(const ImageShape& shape) {
  return std::to_string(shape.height) + " x " + std::to_string(shape.width);
}

/// Of a model that refused images of `shape`, with `refusal`.
Error refused(const ImageShape& shape, std::int64_t epoch, const ImageShape& full,
              const Error& refusal) {
  return failure(failure_parts(refusal, "train").code, "train",
                 "the recipe (input.resize) shows images of " + pixels(shape) +
                     " pixels from epoch " + std::to_string(epoch) +
                     " on, but this model, built for " + pixels(full) +
                     ", does not take them: " + refusal.what,
                 "A model takes images of any size where global average pooling, not flatten(), "
                 "leads to its first linear layer; or leave input.resize out of the recipe.");
}

}  // namespace

Status settle_sizes(RunPlan& plan, Network& network) {
  const ImageShape full = network.shape();
  std::set<std::int64_t> tried = {full.height};
  for (std::int64_t epoch = 1; epoch <= plan.recipe.epochs; ++epoch) {
    const ImageShape shape = shape_in(plan, epoch);
    if (!tried.insert(shape.height).second) continue;
    const Status taken = network.try_size(shape.height, shape.width);
    if (taken.ok()) continue;
    if (plan.input.resize_else != "full") return refused(shape, epoch, full, taken.error());
    network.guard().warn("this model, built for images of " + pixels(full) +
                         ", does not take those of " + pixels(shape) +
                         " which the recipe (input.resize) shows first; it is trained at full size "
                         "in all epochs, which takes longer. A model takes images of any size "
                         "where global average pooling leads to its first linear layer");
    plan.input.resize.clear();
    plan.input.resize_until.clear();
    return {};
  }
  return {};
}

void tell_of_large_batch(const RunPlan& plan, std::int64_t images, Guard& guard) {
  if (plan.recipe.batch <= images) return;
  const std::string count = with_commas(images);
  guard.warn("the recipe asks for batches of " + with_commas(plan.recipe.batch) +
             " images, and there are " + count +
             " to train on: every epoch is one step, with all " + count + " of them");
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

Result<Verdict> EpochEnd::operator()(std::int64_t epoch, const Running& running, double lr) {
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

Result<Verdict> begin_or_go_on(const Recipe& recipe, const TrainOptions& options, Network& network,
                               Updater& updater, Session& session) {
  if (options.after_epoch > 0) {
    return go_on(recipe, options.after_epoch, network, updater, session);
  }
  GRADUS_TRY(const Weights initial, take_weights(network.module(), "init", 0));
  GRADUS_CHECK(session.send_weights(initial));
  return Verdict{};
}

}  // namespace gradus::worker
