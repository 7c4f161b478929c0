#pragma once

#include <cstdint>
#include <limits>
#include <string>

#include "framework/record/recipe.hpp"

namespace gradus {

/// The learning rate of a step. With e = step / steps_per_epoch, rounded down to whole epochs where
/// schedule.per is "epoch"; E the recipe's epochs; γ factor:
///   constant    lr
///   step        lr γ^⌊e / every⌋
///   multi_step  lr γ^(number of milestones ≤ e)
///   exponential lr γ^e
///   cosine      min_lr + (lr − min_lr) (1 + cos(π e / period)) / 2, period E unless given
///   lambda      lr times the line through the points (milestone, factor), or the last factor
///               before
///   one_cycle   over all T steps: from start·lr to lr for rise·T steps, then to end·lr, linear or
///               by half a cosine; always step by step (Smith, Topin 2017, arXiv 1708.07120)
///   plateau     max(min_lr, lr · plateau_factor), the factor being the supervisor's
/// A warm-up multiplies it by warmup_from + (1 − warmup_from) · step / (warmup · steps_per_epoch)
/// until that reaches 1. `step` counts from 0 over the whole run.
double learning_rate(const Recipe& recipe, std::int64_t step, std::int64_t steps_per_epoch,
                     double plateau_factor = 1);

/// Follows a validation figure from epoch to epoch and counts those without gain.
class Patience {
 public:
  /// `monitor`: "val_loss" (less is better) or "val_accuracy".
  Patience(const std::string& monitor, double min_delta)
      : loss_(monitor == "val_loss"), min_delta_(min_delta) {}
  /// True where the epoch gained more than min_delta over the best so far.
  bool gained(double val_loss, double val_accuracy);
  /// Epochs in a row without gain; start_over() makes it 0.
  std::int64_t waited() const { return waited_; }
  void start_over() { waited_ = 0; }

 private:
  bool loss_;
  double min_delta_, best_ = -std::numeric_limits<double>::infinity();
  std::int64_t waited_ = 0;
};

/// What the supervisor decides after an epoch, a function of the validation figures so far.
class EpochJudge {
 public:
  explicit EpochJudge(const Recipe& recipe);
  /// To be called once an epoch, in order.
  void take(double val_loss, double val_accuracy);
  bool stop() const { return stop_; }  ///< early stopping
  /// Of the rate: the plateau schedule lowers it by `factor` when more than `patience` epochs in a
  /// row gained nothing, and then counts anew.
  double plateau_factor() const { return factor_; }

 private:
  Recipe recipe_;
  Patience stopping_, plateau_;
  double factor_ = 1;
  bool stop_ = false;
};

}  // namespace gradus
