#pragma once

#include <optional>
#include <string>
#include <vector>

#include "reports/model/task_view.hpp"

namespace gradus::reports {

/// Mean and population standard deviation (over n, not n − 1) of a figure over trials.
struct Spread {
  double mean = 0, deviation = 0;
  std::size_t n = 0;
};

/// The runs of one arm: they differ in their trial (and seed) only.
struct ArmView {
  std::size_t number = 0;                         ///< 0-based, in the lab's order
  std::string label, short_label, compact_label;  ///< as those of RunView, without the trial
  std::vector<const RunView*> runs;               ///< never empty; trials in order
  std::optional<double> reported;                 ///< the document's validation accuracy, fraction

  using FigureOf = std::optional<double> (RunView::*)() const;
  /// Over the trials that have the figure; none where no trial has it.
  std::optional<Spread> spread(FigureOf figure) const;
  /// Accuracy on a split of Evidence::scores: "test", "test_mirror".
  std::optional<Spread> score(const std::string& split) const;
  /// Of the weights that the recipe keeps: the best or the last.
  std::optional<Spread> test() const { return score("test"); }
  std::size_t diverged() const;        ///< how many trials
  bool stopped() const;                ///< early, at a rung of its sweep; all trials together
  std::int64_t stopped_after() const;  ///< epochs; 0: it was not
  /// (epoch, mean over the trials that have this epoch × scale).
  std::vector<std::vector<double>> curve(std::optional<double> EpochRecord::*field,
                                         double scale) const;
};

/// In the lab's order; pointers lead into `task`.
std::vector<ArmView> arms_of(const TaskView& task);

/// In per cent: "65.84" or, for more than one trial, "65.84 ± 0.21"; "–" where there is none.
std::string spread_text(const std::optional<Spread>& spread, int digits = 2);

}  // namespace gradus::reports
