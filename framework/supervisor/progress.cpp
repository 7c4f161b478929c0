#include "framework/supervisor/progress.hpp"

namespace gradus::supervisor {
namespace {

Json or_null(const std::optional<double>& value) { return value ? Json(*value) : Json(nullptr); }

}  // namespace

void Progress::step(const Json& claim) {
  const std::lock_guard lock(mutex_);
  epoch_ = claim.value("epoch", std::int64_t{0});
  step_ = claim.value("step", std::int64_t{0});
  steps_ = claim.value("steps", std::int64_t{0});
  loss_ = claim.contains("loss") && claim["loss"].is_number()
              ? std::optional(claim["loss"].get<double>())
              : std::nullopt;
  const auto now = std::chrono::steady_clock::now();
  if (now < next_ && step_ != steps_) return;
  next_ = now + std::chrono::milliseconds(200);
  write();
}

void Progress::examined(std::int64_t epoch, std::optional<double> val_accuracy) {
  const std::lock_guard lock(mutex_);
  if (epoch > epoch_) epoch_ = epoch;
  val_accuracy_ = val_accuracy;
  write();
}

void Progress::state(const std::string& state) {
  const std::lock_guard lock(mutex_);
  state_ = state;
  write();
}

void Progress::write() {
  if (!out_) return;
  const Json line = {{"epoch", epoch_},        {"epochs", epochs_},
                     {"step", step_},          {"steps", steps_},
                     {"loss", or_null(loss_)}, {"val_accuracy", or_null(val_accuracy_)},
                     {"state", state_}};
  std::fputs((line.dump() + "\n").c_str(), out_);
  std::fflush(out_);
}

}  // namespace gradus::supervisor
