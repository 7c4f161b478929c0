#include "framework/record/schedule.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace gradus {
namespace {

/// Quotients of decimal fractions miss whole numbers by rounding: 0.9 / 0.3 < 3.
constexpr double kSlack = 1e-9;

double between(double from, double to, double share, const std::string& form) {
  const double t = std::clamp(share, 0.0, 1.0);
  if (form == "cosine") return to + (from - to) * (1 + std::cos(std::numbers::pi * t)) / 2;
  return from + (to - from) * t;
}

double lambda_factor(const Schedule& s, double e) {
  const std::size_t points = std::min(s.milestones.size(), s.factors.size());
  if (points == 0) return 1;
  if (e <= s.milestones.front()) return s.factors.front();
  for (std::size_t i = 1; i < points; ++i) {
    if (e + kSlack >= s.milestones[i]) continue;
    if (s.interpolate == "step") return s.factors[i - 1];
    const double width = s.milestones[i] - s.milestones[i - 1];
    return between(s.factors[i - 1], s.factors[i], (e - s.milestones[i - 1]) / width, "linear");
  }
  return s.factors[points - 1];
}

double one_cycle_factor(const Schedule& s, double step, double steps) {
  const double top = s.rise * steps;
  if (step < top) return between(s.start, 1, step / top, s.anneal);
  // The last step, and not the one after it, has the end's rate.
  const double fall = steps - 1 - top;
  return fall > 0 ? between(1, s.end, (step - top) / fall, s.anneal) : 1;
}

}  // namespace

double learning_rate(const Recipe& recipe, std::int64_t step, std::int64_t steps_per_epoch,
                     double plateau_factor) {
  const Schedule& s = recipe.schedule;
  const double lr = recipe.optimizer.lr;
  const auto at = static_cast<double>(step);
  const auto an_epoch = static_cast<double>(std::max<std::int64_t>(1, steps_per_epoch));
  const double exact = at / an_epoch;
  const double e = s.per == "step" ? exact : std::floor(exact + kSlack);
  const auto epochs = static_cast<double>(recipe.epochs);

  double rate = lr;
  if (s.name == "step") {
    rate = lr * std::pow(s.factor, std::floor(e / s.every + kSlack));
  } else if (s.name == "multi_step") {
    const auto passed = std::count_if(s.milestones.begin(), s.milestones.end(),
                                      [&](double m) { return m <= e + kSlack; });
    rate = lr * std::pow(s.factor, static_cast<double>(passed));
  } else if (s.name == "exponential") {
    rate = lr * std::pow(s.factor, e);
  } else if (s.name == "cosine") {
    const double period = s.period > 0 ? s.period : epochs;
    rate = s.min_lr + (lr - s.min_lr) * (1 + std::cos(std::numbers::pi * e / period)) / 2;
  } else if (s.name == "lambda") {
    rate = lr * lambda_factor(s, e);
  } else if (s.name == "one_cycle") {
    rate = lr * one_cycle_factor(s, at, epochs * an_epoch);
  } else if (s.name == "plateau") {
    rate = std::max(std::min(s.min_lr, lr), lr * plateau_factor);
  }
  const double warm = s.warmup * an_epoch;
  if (at < warm) rate *= s.warmup_from + (1 - s.warmup_from) * at / warm;
  return rate;
}

bool Patience::gained(double val_loss, double val_accuracy) {
  const double figure = loss_ ? -val_loss : val_accuracy;
  if (figure > best_ + min_delta_) {
    best_ = figure;
    waited_ = 0;
    return true;
  }
  ++waited_;
  return false;
}

EpochJudge::EpochJudge(const Recipe& recipe)
    : recipe_(recipe),
      stopping_(recipe.early_stop.monitor, recipe.early_stop.min_delta),
      plateau_(recipe.schedule.monitor, recipe.schedule.min_delta) {}

void EpochJudge::take(double val_loss, double val_accuracy) {
  stopping_.gained(val_loss, val_accuracy);
  const std::int64_t patience = recipe_.early_stop.patience;
  stop_ = stop_ || (patience > 0 && stopping_.waited() >= patience);
  plateau_.gained(val_loss, val_accuracy);
  if (recipe_.schedule.name == "plateau" && plateau_.waited() > recipe_.schedule.patience) {
    factor_ *= recipe_.schedule.factor;
    plateau_.start_over();
  }
}

}  // namespace gradus
