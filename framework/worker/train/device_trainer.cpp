#include "framework/worker/train/device_trainer.hpp"

#include <torch/types.h>
#include <torch/utils.h>

#include <algorithm>
#include <cstring>
#include <optional>

#include "framework/record/schedule.hpp"
#include "framework/worker/device/recorder.hpp"
#include "framework/worker/device/updater.hpp"
#include "framework/worker/input/augmenter.hpp"
#include "framework/worker/train/epochs.hpp"
#include "framework/worker/train/gradients.hpp"
#include "framework/worker/train/step.hpp"
#include "framework/worker/weights.hpp"

namespace gradus::worker {
namespace {

/// Bytes of the host as a tensor on the device.
template <class T>
torch::Tensor resident(const T* values, std::int64_t count, c10::Device place) {
  torch::Tensor made = torch::empty({count * static_cast<std::int64_t>(sizeof(T))},
                                    torch::TensorOptions(torch::kUInt8));
  std::memcpy(made.data_ptr(), values, made.nbytes());
  return made.to(place);
}

template <class T>
torch::Tensor room(std::int64_t count, c10::Device place) {
  return torch::zeros({count * static_cast<std::int64_t>(sizeof(T))},
                      torch::TensorOptions(torch::kUInt8).device(place));
}

template <class T>
T* pointer(const torch::Tensor& bytes) {
  return static_cast<T*>(bytes.data_ptr());
}

/// Keeps the address, which a recorded step knows.
template <class T>
void upload(const torch::Tensor& target, const T* values, std::int64_t count) {
  target.copy_(resident(values, count, c10::kCPU));
}

/// A run's tensors that have one address for good.
struct Memory {
  torch::Tensor cursor, rates, order;   // bytes
  torch::Tensor images, labels, table;  // bytes: the data set and its normalisation
  torch::Tensor pixels, batch_labels;   // float, int64: of one batch
};

class DeviceTraining {
 public:
  DeviceTraining(const RunPlan& plan, Network& network, Augmentation* augmentation,
                 const TrainingData& data, Session& session, const TrainOptions& options,
                 Device& device)
      : plan_(plan),
        recipe_(plan.recipe),
        network_(network),
        data_(data),
        session_(session),
        options_(options),
        device_(device),
        steps_((data.count + recipe_.batch - 1) / recipe_.batch),
        memory_(allocate(augmentation == nullptr)),
        parameters_(network.trainable()),
        updater_(parameters_, recipe_.optimizer, device, pointer<Cursor>(memory_.cursor),
                 pointer<double>(memory_.rates)),
        shaper_(parameters_, recipe_, true),
        augmentation_(augmentation),
        augmenter_(augmentation, plan, network),
        recorder_(
            device, plan.engine != "stock", [this] { return step(); },
            [this] { return addresses(); }) {}

  Status run() {
    GRADUS_CHECK(run_epochs());
    if (!recorder_.reason().empty()) {
      network_.guard().warn(
          "the training step was not recorded as a graph, which would be faster: " +
          recorder_.reason());
    }
    return {};
  }

 private:
  Status run_epochs() {
    GRADUS_TRY(Verdict verdict, begin_or_go_on(recipe_, options_, network_, updater_, session_));
    if (plan_.last_epoch() <= options_.after_epoch) return {};
    loader_options_ =
        loader_options(plan_, network_, augmentation_ != nullptr, options_.after_epoch + 1);
    if (augmentation_ != nullptr) {
      loader_.emplace(data_, loader_options_, PixelTable(data_.shape.channels, {}, {}));
    }
    EpochEnd end_epoch(plan_, options_, network_, updater_, session_);
    GRADUS_CHECK(network_.set_training(true, "train"));
    for (std::int64_t epoch = options_.after_epoch + 1; epoch <= loader_options_.last_epoch;
         ++epoch) {
      const double lr = begin(epoch, verdict.rate);
      GRADUS_TRY(const bool whole, train_epoch(epoch));
      if (!whole) return {};
      const Cursor sums = read_cursor();
      GRADUS_TRY(verdict, end_epoch(epoch, {sums.loss, sums.correct, sums.images}, lr));
      if (verdict.stop) break;
    }
    return {};
  }

  Memory allocate(bool resident_images) const {
    const c10::Device place = device_.place();
    const auto on_place = torch::TensorOptions().device(place);
    const std::int64_t batch = std::min(recipe_.batch, data_.count);
    Memory m;
    m.cursor = room<Cursor>(1, place);
    m.rates = room<double>(steps_, place);
    m.pixels = torch::empty({batch * data_.shape.size()}, on_place.dtype(torch::kFloat32));
    m.batch_labels = torch::empty({batch}, on_place.dtype(torch::kInt64));
    if (!resident_images) return m;
    m.order = room<std::uint32_t>(data_.count, place);
    m.images = resident(data_.images, data_.count * data_.shape.size(), place);
    m.labels = resident(data_.labels, data_.count, place);
    const PixelTable table(data_.shape.channels, plan_.input.mean, plan_.input.std);
    m.table = resident(table.data(), data_.shape.channels * 256, place);
    return m;
  }

  /// Sends what an epoch needs; answers its first rate.
  double begin(std::int64_t epoch, double factor) {
    std::vector<double> rates;
    for (std::int64_t s = 0; s < steps_; ++s) {
      rates.push_back(learning_rate(recipe_, (epoch - 1) * steps_ + s, steps_, factor));
    }
    upload(memory_.rates, rates.data(), steps_);
    Cursor cursor;
    cursor.epoch = static_cast<std::uint32_t>(epoch);
    upload(memory_.cursor, &cursor, 1);
    if (memory_.order.defined()) {
      const std::vector<std::uint32_t> order = permutation(
          plan_.seed, Purpose::shuffle, cursor.epoch, static_cast<std::uint32_t>(data_.count));
      upload(memory_.order, order.data(), data_.count);
    }
    // So that a run that goes on from an epoch's weights equals one that was never stopped.
    network_.guard().seed(torch_seed(plan_.seed, static_cast<std::uint64_t>(epoch)));
    return rates.front();
  }

  /// False: the run diverged, which has been claimed.
  Result<bool> train_epoch(std::int64_t epoch) {
    shown_ = augmentation_ == nullptr ? shape_in(plan_, epoch) : data_.shape;
    for (std::int64_t s = 0; s < steps_; ++s) {
      count_ = std::min(recipe_.batch, data_.count - s * recipe_.batch);
      images_ = memory_.pixels.narrow(0, 0, count_ * shown_.size());
      images_ = network_.channels_last()
                    ? images_.view({count_, shown_.height, shown_.width, shown_.channels})
                          .permute({0, 3, 1, 2})
                    : images_.view({count_, shown_.channels, shown_.height, shown_.width});
      labels_ = memory_.batch_labels.narrow(0, 0, count_);
      if (loader_) GRADUS_CHECK(fetch());
      first_ = epoch == 1 && s == 0;
      GRADUS_CHECK(recorder_.take({count_, shown_.height, shown_.width}));
      const bool last = s + 1 == steps_;
      if (!pace_.due() && !last) continue;
      const Cursor now = read_cursor();
      const bool finite = now.halted_at < 0 && (!last || all_finite(parameters_));
      if (!finite) {
        GRADUS_CHECK(session_.claim(
            "diverged", {{"epoch", epoch}, {"step", now.halted_at < 0 ? s : now.halted_at}}));
        return false;
      }
      GRADUS_CHECK(session_.claim(
          "progress",
          {{"epoch", epoch}, {"step", s + 1}, {"steps", steps_}, {"loss", now.last_loss}}));
      GRADUS_CHECK(session_.drain());
    }
    return true;
  }

  /// The next batch of an augmentation plugin, into the memory that the step reads.
  Status fetch() {
    const auto batch = loader_->next();
    if (!batch) return infrastructure_error("training data", "the loader ended early");
    GRADUS_TRY(const torch::Tensor changed, augmenter_.apply(*batch));
    images_.copy_(changed);
    labels_.copy_(batch->labels);
    return {};
  }

  /// One step on the memory of the run. What is here may be recorded: it must not wait for the
  /// device, nor depend on anything that changes from step to step but the cursor.
  Status step() {
    if (!loader_) fill();
    updater_.zero_grad();
    GRADUS_TRY(const ForwardLoss pass,
               forward_loss(network_, images_, labels_, "train", recipe_.label_smoothing));
    if (first_) GRADUS_CHECK(check_first(pass, "train"));
    const torch::Tensor correct = pass.logits.detach().argmax(1).eq(labels_).sum();
    Cursor* cursor = pointer<Cursor>(memory_.cursor);
    device_.tally(pass.loss.const_data_ptr<float>(), correct.const_data_ptr<std::int64_t>(), count_,
                  cursor);
    GRADUS_CHECK(network_.guard().call("train backward", [&] { pass.loss.backward(); }));
    shaper_.apply();
    updater_.step();
    device_.advance(cursor);
    return {};
  }

  StepRecorder::Addresses addresses() const {
    StepRecorder::Addresses found;
    for (const NamedTensor& named : named_tensors(network_.module())) {
      found.push_back(named.tensor.layout() == torch::kStrided ? named.tensor.const_data_ptr()
                                                               : nullptr);
    }
    return found;
  }

  void fill() {
    FillJob job;
    job.images = pointer<std::uint8_t>(memory_.images);
    job.labels = pointer<std::uint8_t>(memory_.labels);
    job.order = pointer<std::uint32_t>(memory_.order);
    job.table = pointer<float>(memory_.table);
    job.cursor = pointer<Cursor>(memory_.cursor);
    job.full = data_.shape;
    job.shown = shown_;
    job.placement = loader_options_.placement;
    job.seed = plan_.seed;
    job.batch = recipe_.batch;
    job.count = count_;
    job.channels_last = network_.channels_last();
    job.pixels = memory_.pixels.data_ptr<float>();
    job.batch_labels = memory_.batch_labels.data_ptr<std::int64_t>();
    device_.fill(job);
  }

  Cursor read_cursor() const {
    Cursor cursor;
    const torch::Tensor bytes = memory_.cursor.cpu();
    std::memcpy(&cursor, bytes.const_data_ptr(), sizeof cursor);
    return cursor;
  }

  const RunPlan& plan_;
  const Recipe& recipe_;
  Network& network_;
  const TrainingData& data_;
  Session& session_;
  const TrainOptions& options_;
  Device& device_;
  std::int64_t steps_;
  Memory memory_;
  std::vector<torch::Tensor> parameters_;
  DeviceUpdater updater_;
  GradientShaper shaper_;
  Augmentation* augmentation_;
  Augmenter augmenter_;
  LoaderOptions loader_options_;
  std::optional<BatchLoader> loader_;  // only with an augmentation
  StepRecorder recorder_;
  ProgressPace pace_;
  // Of the step at hand.
  ImageShape shown_;
  std::int64_t count_ = 0;
  bool first_ = false;
  torch::Tensor images_, labels_;
};

}  // namespace

Status train_on_device(const RunPlan& plan, Network& network, Augmentation* augmentation,
                       const TrainingData& data, Session& session, const TrainOptions& options,
                       Device& device) {
  return DeviceTraining(plan, network, augmentation, data, session, options, device).run();
}

}  // namespace gradus::worker
