#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstring>

#include "framework/record/schedule.hpp"
#include "framework/supervisor/histograms.hpp"
#include "framework/supervisor/run.hpp"

namespace gradus::supervisor {
namespace {

template <class T>
NpyArray array_of(const char* dtype, std::vector<std::int64_t> shape,
                  const std::vector<T>& values) {
  NpyArray array{dtype, std::move(shape), {}};
  array.bytes.resize(values.size() * sizeof(T));
  if (!values.empty()) std::memcpy(array.bytes.data(), values.data(), array.bytes.size());
  return array;
}

std::optional<double> claimed(const Json& claim, const char* key) {
  if (!claim.contains(key) || !claim[key].is_number()) return std::nullopt;
  const double value = claim[key].get<double>();
  return std::isfinite(value) ? std::optional(value) : std::nullopt;
}

/// Checkpoints take a share of the time that nobody notices: one is due when the last is long
/// enough ago for what writing it cost.
class CheckpointPace {
 public:
  using Clock = std::chrono::steady_clock;
  bool due() const { return Clock::now() >= next_; }
  Clock::time_point next() const { return next_; }
  template <class Write>
  Status time(const Write& write) {
    const auto begin = Clock::now();
    const Status written = write();
    next_ = Clock::now() + (Clock::now() - begin) * kRest;
    return written;
  }

 private:
  static constexpr int kRest = 20;
  Clock::time_point next_ = {};
};

class TrainRun {
 public:
  explicit TrainRun(Run& run)
      : run_(run), evidence_(run.record.evidence), judge_(run.inputs.plan.recipe) {
    if (run_.resumed) restore(*run_.resumed);
  }

  void go() {
    for (;;) {
      const TrainerItem item = next_item();
      run_.take_claims(item);
      note_claims(item.claims);
      if (item.error) return run_.fail(run_.trainer_worker, *item.error);
      if (item.weights && evidence_.stopped_epoch) {  // it did not wait for our word
        return run_.fail(run_.trainer_worker, tampered("the trainer went on unasked"));
      }
      if (item.weights) {
        if (const Status examined = examine_epoch(item); !examined.ok()) {
          return run_.fail(run_.examiner.worker(), examined.error());
        }
        if (evidence_.status == "diverged") {  // all that follows is NaN, too
          run_.trainer_dismissed = true;
          run_.trainer_worker.kill("the run has diverged");
          break;
        }
      }
      if (item.ended) break;
    }
    if (const Status scored = score_splits(); !scored.ok()) {
      run_.fail(run_.examiner.worker(), scored.error());
    }
  }

 private:
  /// The checkpoint of an epoch is written once it is due, unless the next epoch is there by then.
  TrainerItem next_item() {
    if (!pending_.state) return run_.trainer.next();
    if (!pace_.due()) {
      if (auto item = run_.trainer.next_until(pace_.next())) {
        pending_ = {};
        return std::move(*item);
      }
    }
    write_pending();
    return run_.trainer.next();
  }

  /// What has been decided follows from the figures so far.
  void restore(const Checkpoint& checkpoint) {
    best_ = checkpoint.best;
    final_ = checkpoint.last;
    for (const EpochRecord& record : evidence_.epochs) {
      if (record.epoch < 1 || !record.val_loss || !record.val_accuracy) continue;
      judge_.take(*record.val_loss, *record.val_accuracy);
      if (record.epoch == evidence_.best_epoch) best_accuracy_ = *record.val_accuracy;
    }
  }

  EpochRecord& epoch(std::int64_t number) {
    for (EpochRecord& record : evidence_.epochs) {
      if (record.epoch == number) return record;
    }
    evidence_.epochs.emplace_back().epoch = number;
    return evidence_.epochs.back();
  }

  void note_claims(const std::vector<Json>& claims) {
    for (const Json& claim : claims) {
      const auto number = claim.at("epoch").get<std::int64_t>();
      if (claim.at("type") == "epoch_end") {
        EpochRecord& record = epoch(number);
        record.train_loss = claimed(claim, "train_loss");
        record.train_accuracy = claimed(claim, "train_accuracy");
        record.lr = claimed(claim, "lr");
      }
      if (claim.at("type") == "diverged") diverge(number);
    }
  }

  void diverge(std::int64_t number) {
    if (evidence_.status == "diverged") return;
    evidence_.status = "diverged";
    evidence_.diverged_epoch = number;
    epoch(number);  // without validation figures
  }

  Status examine_epoch(const TrainerItem& item) {
    const std::int64_t number = item.weights->at == "init" ? 0 : item.weights->epoch;
    if (number == 0) run_.take_tensors(*item.weights);
    GRADUS_CHECK(run_.examiner.load(item.weights));
    GRADUS_TRY(Logits logits,
               run_.examine_set(run_.val, number == 0 ? "the initial weights"
                                                      : "epoch " + std::to_string(number)));
    // The clock of one epoch: from hand-over to hand-over; validation runs beside the next epoch.
    if (number > 0) run_.record.observed.epoch_wall_ms.push_back(item.at_ms - last_at_ms_);
    last_at_ms_ = item.at_ms;
    if (!logits.finite()) {
      if (number == 0) {
        return submission_error(kInvalidOutput, "before training an output is NaN or infinite",
                                "look at the initialisation and at divisions in forward()");
      }
      diverge(number);
      tell(number, std::nullopt);
      return {};
    }
    const double found = accuracy(logits, run_.val.labels);
    EpochRecord& record = epoch(number);
    record.val_accuracy = found;
    record.val_loss = mean_loss(logits, run_.val.labels);
    if (number > 0) decide(number, *record.val_loss, found);
    tell(number, found);
    if (number == 0) return {};
    if (!best_.weights || found > best_accuracy_) {
      best_accuracy_ = found;
      best_ = {item.weights, logits};
      evidence_.best_epoch = number;
    }
    final_ = {item.weights, std::move(logits)};
    pending_ = {number, evidence_.stopped_epoch ? nullptr : item.state};
    // What a run at its rung leaves for the one that goes on from there: never left out.
    if (pending_.state && number == run_.inputs.plan.last_epoch()) write_pending();
    return {};
  }

  void decide(std::int64_t number, double val_loss, double val_accuracy) {
    judge_.take(val_loss, val_accuracy);
    if (!judge_.stop() || number >= run_.inputs.plan.recipe.epochs) return;
    evidence_.stopped_epoch = number;
    run_.trainer.stop_after(number);  // before it is told
  }

  /// Evidence and events are still those of the pending epoch: no item has come since.
  void write_pending() {
    const auto spent = [](const Spent& before, Worker& worker) {
      return Spent{before.cpu_ms + worker.cpu_ms(), before.wall_ms + worker.wall_ms()};
    };
    const Spent none;
    Evidence so_far = evidence_;
    so_far.run_hash = run_.inputs.plan.trajectory_hash();
    const Status written = pace_.time([&] {
      return write_checkpoint(
          run_.inputs.checkpoint,
          {pending_.epoch, so_far, run_.record.events, run_.record.observed.epoch_wall_ms,
           spent(run_.resumed ? run_.resumed->trainer : none, run_.trainer_worker),
           spent(run_.resumed ? run_.resumed->examiner : none, run_.examiner.worker()), best_,
           final_, pending_.state});
    });
    pending_ = {};
    // A full disk costs the way back, not the run.
    if (!written.ok()) std::fprintf(stderr, "%s\n", written.error().text().c_str());
  }

  void tell(std::int64_t number, std::optional<double> found) {
    run_.progress.examined(number, found);
    if (number == 0) return;
    run_.trainer_worker.send_if_room(
        "verdict", run_.trainer_worker.run_nonce(),
        verdict_body(number, found, evidence_.stopped_epoch == number, judge_.plateau_factor()));
    run_.trainer_worker.owe(false);
  }

  /// After training: the training sample under the final weights (the gap "at the end"), the test
  /// split once under the best.
  Status score_splits() {
    if (!best_.weights) return {};
    keep("best_val", best_.val, run_.val.labels);
    keep_mistakes();
    if (evidence_.status != "diverged") {
      keep("final_val", final_.val, run_.val.labels);
      run_.record.histograms = weight_histograms(*final_.weights);
      const ImageSet sample = run_.train.first(run_.inputs.plan.exam_train_images);
      GRADUS_CHECK(examine_split("train", sample, final_.weights));
    }
    if (run_.inputs.plan.recipe.keep == "best") return examine_test(best_.weights);
    if (evidence_.status == "diverged") return {};  // the last weights are none
    return examine_test(final_.weights);
  }

  Status examine_test(const std::shared_ptr<const Weights>& weights) {
    const ImageSet& test = run_.inputs.test;
    if (test.count == 0) return {};
    GRADUS_TRY(const Logits plain, answers("test", test, weights));
    keep("test", plain, test.labels);
    if (!run_.inputs.plan.exam_mirror) return {};
    const std::vector<std::uint8_t> pixels = mirrored_pixels(test);
    ImageSet turned = test;
    turned.images = pixels;
    GRADUS_TRY(const Logits mirrored, answers("mirrored test", turned, weights));
    keep("test_mirror", mean_of(plain, mirrored), test.labels);
    return {};
  }

  Status examine_split(const std::string& name, const ImageSet& set,
                       const std::shared_ptr<const Weights>& weights) {
    if (set.count == 0) return {};
    GRADUS_TRY(const Logits logits, answers(name, set, weights));
    keep(name, logits, set.labels);
    return {};
  }

  Result<Logits> answers(const std::string& name, const ImageSet& set,
                         const std::shared_ptr<const Weights>& weights) {
    GRADUS_CHECK(run_.examiner.load(weights));
    GRADUS_TRY(Logits logits, run_.examine_set(set, "the " + name + " images"));
    if (!logits.finite()) {
      return submission_error(kInvalidOutput,
                              "an output for the " + name + " images is NaN or infinite",
                              "look for divisions and logarithms in forward()");
    }
    return logits;
  }

  void keep(const std::string& name, const Logits& logits, std::span<const std::uint8_t> labels) {
    evidence_.scores[name] = score(logits, labels);
    run_.record.arrays[name + "_logits.npy"] =
        array_of("float32", {logits.count, logits.classes}, logits.values);
  }

  void keep_mistakes() {
    const ImageSet& val = run_.val;
    auto& arrays = run_.record.arrays;
    arrays["val_labels.npy"] = array_of(
        "int64", {val.count}, std::vector<std::int64_t>(val.labels.begin(), val.labels.end()));
    std::vector<std::uint32_t> indices;
    std::vector<std::int64_t> labels, predictions;
    for (const Mistake& mistake : mistakes(best_.val, val.labels)) {
      indices.push_back(mistake.index);
      labels.push_back(mistake.label);
      predictions.push_back(mistake.prediction);
    }
    const auto count = static_cast<std::int64_t>(indices.size());
    arrays["mistakes_images.npy"] =
        array_of("uint8", {count, val.height, val.width, val.channels}, val.gather(indices));
    arrays["mistakes_labels.npy"] = array_of("int64", {count}, labels);
    arrays["mistakes_predictions.npy"] = array_of("int64", {count}, predictions);
  }

  Run& run_;
  Evidence& evidence_;
  EpochJudge judge_;
  CheckpointPace pace_;
  struct Pending {
    std::int64_t epoch = 0;
    std::shared_ptr<const Weights> state;
  } pending_;
  Examined best_, final_;
  double best_accuracy_ = 0, last_at_ms_ = 0;
};

}  // namespace

Json verdict_body(std::int64_t epoch, std::optional<double> val_accuracy, bool stop,
                  double plateau_factor) {
  const Json rounded = val_accuracy ? Json(std::round(*val_accuracy * 1000) / 1000) : Json(nullptr);
  Json body = {{"epoch", epoch}, {"val_accuracy", rounded}, {"stop", stop}};
  if (plateau_factor != 1) body["rate"] = plateau_factor;
  return body;
}

void train_run(Run& run) { TrainRun(run).go(); }

}  // namespace gradus::supervisor
