#include "framework/supervisor/trainer.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "framework/core/text.hpp"
#include "framework/record/probes.hpp"

namespace gradus::supervisor {
namespace {

/// More frames than any recipe of ours claims: a plugin that floods us is stopped.
constexpr std::int64_t kMaxClaims = 2'000'000;

std::string describe(const Tensor& tensor) {
  std::string text = tensor.name + " " + tensor.kind + " " + tensor.dtype + " [";
  for (const std::int64_t extent : tensor.shape) text += std::to_string(extent) + ",";
  return text + "]";
}

/// Progress is paced by the clock of the worker and for a person's eyes only; the last step of an
/// epoch always comes, so that alone may enter evidence.
bool repeatable(const Frame& frame) {
  return frame.type != "progress" || frame.body.at("step") == frame.body.at("steps");
}

Json claim_of(const Frame& frame) {
  Json claim = frame.body;
  claim.erase("seq");
  claim["type"] = frame.type;
  return claim;
}

}  // namespace

std::vector<std::string> warnings_of(const Json& body) {
  return body.contains("warnings") ? body["warnings"].get<std::vector<std::string>>()
                                   : std::vector<std::string>{};
}

TrainerProtocol::TrainerProtocol(const RunPlan& plan, const Resume* resume) : plan_(plan) {
  if (resume == nullptr) return;
  epoch_ = epochs_handed_ = resume->epoch;
  step_ = std::numeric_limits<std::int64_t>::max();  // nothing more of that epoch
  handed_ = {"init", "epoch"};
  for (const Tensor& tensor : resume->weights->tensors) tensor_set_.push_back(describe(tensor));
}

Status TrainerProtocol::check_state(const Frame& begin) {
  if (begin.type != "weights_begin" || begin.body.at("at") != "state" ||
      begin.body.at("epoch") != epochs_handed_) {
    return tampered("the trainer sent '" + begin.type + "' in place of its state after epoch " +
                    std::to_string(epochs_handed_));
  }
  return check_number(begin);
}

WeightLimits TrainerProtocol::state_limits(const Weights& weights) {
  // Two memories and a counter of each parameter, an exact copy of each tensor, the warnings.
  constexpr std::uint64_t kBesides = std::uint64_t{1} << 20;
  WeightLimits limits;
  std::uint64_t bytes = 0;
  for (const Tensor& tensor : weights.tensors) bytes += tensor.bytes.size() + 8;
  limits.tensors = static_cast<std::int64_t>(weights.tensors.size()) * 4 + 1;
  limits.bytes = bytes * 4 + kBesides;
  return limits;
}

Status TrainerProtocol::check_number(const Frame& frame) {
  if (!frame.body.contains("seq")) return tampered("the trainer sent a claim without a number");
  if (frame.body.at("seq").get<std::int64_t>() != next_seq_) {
    return tampered("the trainer's claims are out of sequence: found number " +
                    frame.body.at("seq").dump() + ", wanted " + std::to_string(next_seq_));
  }
  ++next_seq_;
  if (++frames_ > kMaxClaims) return tampered("the trainer sent too many claims");
  return {};
}

// Each of the plan's claimed probes once; its figures are looked at by the probe itself.
Status TrainerProtocol::check_measured(const Frame& frame) {
  const std::string probe = frame.body.at("probe").get<std::string>();
  const auto asked = claimed_probes(plan_);
  const bool wanted = plan_.kind == "probe" && !handed_.empty() &&
                      std::find(asked.begin(), asked.end(), probe) != asked.end();
  const bool again = std::find(measured_.begin(), measured_.end(), probe) != measured_.end();
  if (!wanted || again) {
    return tampered("the trainer measured '" + printable(probe, false, 60) +
                    (again ? "' twice" : "', which nobody asked for"));
  }
  measured_.push_back(probe);
  return {};
}

Status TrainerProtocol::check(const Frame& frame) {
  GRADUS_CHECK(check_number(frame));
  if (frame.type == "measured") return check_measured(frame);
  const auto epoch = frame.body.at("epoch").get<std::int64_t>();
  if (plan_.kind == "train" && epoch > plan_.last_epoch()) {
    return tampered("the trainer claims epoch " + std::to_string(epoch) + " of " +
                    std::to_string(plan_.last_epoch()));
  }
  if (diverged_) return tampered("the trainer went on after it had diverged");
  if (const std::int64_t last = stop_after_; last >= 0 && epoch > last) {
    return tampered("the trainer went on after it was told to stop behind epoch " +
                    std::to_string(last));
  }
  if (frame.type == "progress" || frame.type == "diverged") {
    const auto step = frame.body.at("step").get<std::int64_t>();
    const bool later = epoch > epoch_ || (epoch == epoch_ && step >= step_);
    if (plan_.kind == "train" && !later) return tampered("the trainer claims steps backwards");
    epoch_ = epoch;
    step_ = step;
    diverged_ = frame.type == "diverged";
  }
  if (frame.type == "weights_begin") {
    const auto at = frame.body.at("at").get<std::string>();
    const bool repeated = std::find(handed_.begin(), handed_.end(), at) != handed_.end();
    const bool init = at == "init" && handed_.empty();
    const bool next_epoch = plan_.kind == "train" && at == "epoch" && epoch == epochs_handed_ + 1;
    const bool probe = plan_.kind == "probe" && !repeated && !handed_.empty() &&
                       (at == "one_step" || at == "overfit");
    if (!init && !next_epoch && !probe) {
      return tampered("the trainer handed out weights '" + printable(at) + "' of epoch " +
                      std::to_string(epoch) + " out of turn");
    }
    if (init || next_epoch) epochs_handed_ = epoch;
    if (!repeated) handed_.push_back(at);
  }
  return {};
}

Status TrainerProtocol::check(const Weights& weights) {
  std::vector<std::string> set;
  for (const Tensor& tensor : weights.tensors) set.push_back(describe(tensor));
  if (tensor_set_.empty()) {
    std::vector<std::string> names;
    for (const Tensor& tensor : weights.tensors) names.push_back(tensor.name);
    std::sort(names.begin(), names.end());
    if (std::adjacent_find(names.begin(), names.end()) != names.end()) {
      return tampered("the trainer handed out two tensors of one name");
    }
    tensor_set_ = std::move(set);
    return {};
  }
  if (set == tensor_set_) return {};
  const auto [first, was] =
      std::mismatch(set.begin(), set.end(), tensor_set_.begin(), tensor_set_.end());
  return tampered("the handed-out tensors changed: found " +
                  printable(first == set.end() ? "none" : *first) + ", at first there was " +
                  printable(was == tensor_set_.end() ? "none" : *was));
}

Status TrainerProtocol::check_end() const {
  if (handed_.empty()) return tampered("the trainer ended without handing out weights");
  const bool stopped = stop_after_ >= 0 && epochs_handed_ == stop_after_;
  if (plan_.kind == "train" && !diverged_ && !stopped && epochs_handed_ < plan_.last_epoch()) {
    return tampered("the trainer ended after " + std::to_string(epochs_handed_) + " of " +
                    std::to_string(plan_.last_epoch()) + " epochs");
  }
  return {};
}

TrainerListener::TrainerListener(Worker& worker, const RunPlan& plan, OnProgress on_progress,
                                 bool states, std::optional<Resume> resume)
    : worker_(worker),
      resume_(std::move(resume)),
      protocol_(plan, resume_ ? &*resume_ : nullptr),
      last_hand_over_(last_hand_over(plan)),
      measures_(!claimed_probes(plan).empty()),
      train_(plan.kind == "train"),
      states_(states),
      waits_(needs_verdict(plan.recipe)),
      epochs_(plan.recipe.epochs),
      last_epoch_(plan.last_epoch()),
      on_progress_(std::move(on_progress)) {
  thread_ = std::thread([this] { listen(); });
}

TrainerListener::~TrainerListener() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) {
    worker_.kill("the run is over");
    thread_.join();
  }
}

TrainerItem TrainerListener::next() {
  // Far away, and not max(): the library adds to it.
  return *next_until(std::chrono::steady_clock::now() + std::chrono::hours(24 * 3650));
}

std::optional<TrainerItem> TrainerListener::next_until(
    std::chrono::steady_clock::time_point moment) {
  std::unique_lock lock(mutex_);
  if (!changed_.wait_until(lock, moment, [this] { return !queue_.empty(); })) return std::nullopt;
  TrainerItem item = std::move(queue_.front());
  queue_.pop_front();
  changed_.notify_all();
  return item;
}

void TrainerListener::push(TrainerItem item) {
  item.claims = std::exchange(claims_, {});
  item.ready = std::exchange(ready_, std::nullopt);
  item.at_ms =
      std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start_).count();
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return closed_ || queue_.size() < kQueued; });
  queue_.push_back(std::move(item));
  changed_.notify_all();
}

void TrainerListener::listen() {
  const Status heard = listen_to_end();
  TrainerItem last;
  last.ended = heard.ok();
  if (!heard.ok()) last.error = heard.error();
  last.warnings = end_warnings_;
  push(std::move(last));
}

Status TrainerListener::listen_to_end() {
  GRADUS_TRY(const Frame ready, worker_.expect_ready());
  ready_ = ready.body;
  GRADUS_CHECK(begin_again());
  for (;;) {
    GRADUS_TRY(Frame frame, worker_.receive(worker_.run_nonce()));
    if (frame.type == "end") {
      GRADUS_CHECK(protocol_.check_end());
      end_warnings_ = warnings_of(frame.body);
      return worker_.expect_silence();
    }
    GRADUS_CHECK(handle(frame));
  }
}

Status TrainerListener::begin_again() {
  if (!resume_) return {};
  worker_.set_phase("train, epoch " + std::to_string(resume_->epoch + 1));
  const std::string& nonce = worker_.run_nonce();
  GRADUS_CHECK(worker_.send_weights(nonce, *resume_->weights));
  GRADUS_CHECK(worker_.send_weights(nonce, *resume_->state));
  if (resume_->verdict) GRADUS_CHECK(worker_.send("verdict", nonce, *resume_->verdict));
  resume_->weights.reset();
  resume_->state.reset();
  return {};
}

Result<std::shared_ptr<const Weights>> TrainerListener::receive_state(const Weights& weights) {
  GRADUS_TRY(const Frame begin, worker_.receive(worker_.run_nonce()));
  GRADUS_CHECK(protocol_.check_state(begin));
  GRADUS_TRY(Weights state, worker_.receive_weights(begin, TrainerProtocol::state_limits(weights)));
  return std::make_shared<const Weights>(std::move(state));
}

std::string TrainerListener::phase_after(const Weights& weights) const {
  if (train_) {
    return weights.epoch < last_epoch_ ? "train, epoch " + std::to_string(weights.epoch + 1)
                                       : "end";
  }
  if (weights.at == last_hand_over_ || weights.at == "overfit")
    return measures_ ? "measurements" : "end";
  return weights.at == "one_step" ? "overfit one batch" : "one step";
}

Status TrainerListener::handle(const Frame& frame) {
  const bool claim = frame.type == "progress" || frame.type == "epoch_end" ||
                     frame.type == "diverged" || frame.type == "measured";
  if (!claim && frame.type != "weights_begin") {
    return tampered("the trainer sent '" + frame.type + "' unasked");
  }
  GRADUS_CHECK(protocol_.check(frame));
  const auto epoch = frame.body.at("epoch").get<std::int64_t>();
  if (claim) {
    if (repeatable(frame)) claims_.push_back(claim_of(frame));
    if (frame.type == "progress") on_progress_(frame.body);
    return {};
  }
  GRADUS_TRY(Weights weights, worker_.receive_weights(frame));
  GRADUS_CHECK(protocol_.check(weights));
  Json handed = claim_of(frame);
  handed["type"] = "weights";
  handed["sha256"] = weights.sha256;
  claims_.push_back(std::move(handed));
  // The phase follows from hand-overs, not from progress, whose pace is the clock's.
  worker_.set_phase(phase_after(weights));
  TrainerItem item;
  item.weights = std::make_shared<const Weights>(std::move(weights));
  // The state behind a rung is wanted, too: another run may go on from there.
  if (states_ && train_ && epoch > 0 && epoch < epochs_) {
    GRADUS_TRY(item.state, receive_state(*item.weights));
  }
  if (waits_ && train_ && epoch > 0 && epoch < last_epoch_)
    worker_.owe(true);  // until the verdict is sent
  push(std::move(item));
  return {};
}

}  // namespace gradus::supervisor
