#pragma once

#include <optional>
#include <string>
#include <vector>

#include "reports/model/report_data.hpp"

namespace gradus::reports {

/// One run of a task with what it left behind.
struct RunView {
  const ResultRun* run = nullptr;
  const EvidenceFolder* folder = nullptr;  ///< null: the run is missing
  std::string label;                       ///< "learning rate 0.1, 30 epochs"; empty for one arm
  std::string short_label;                 ///< the value of TaskView::key: "0.1"; in a grid all
                                           ///< values: "momentum 0.9, lr 0.1"
  std::string arm_label, arm_short_label;  ///< the same without the trial
  std::string arm_compact_label;           ///< all values for legends: "lr 0.1, 30 epochs"

  const Evidence* evidence() const { return folder ? &folder->evidence : nullptr; }
  bool diverged() const { return folder && folder->evidence.status == "diverged"; }
  /// Its arm was stopped early, at a rung of the sweep: all figures are those of then.
  bool stopped() const { return run->stopped_after.has_value(); }
  bool failed() const { return folder && folder->evidence.status == "failed"; }
  bool has_curve() const;                     ///< some epoch has a validation figure
  std::optional<double> best_val() const;     ///< fraction; recomputed
  std::optional<double> final_val() const;    ///< fraction; recomputed; none where diverged
  std::optional<double> final_train() const;  ///< fraction; recomputed on training images if
                                              ///< there, else the last claimed running mean
  bool train_is_recomputed() const;
  std::optional<double> gap() const;  ///< final_train − final_val, fraction
};

/// A task of the lab with its runs in the result's order.
struct TaskView {
  const ReportData* data = nullptr;
  const ResultTask* task = nullptr;
  const Reported* reported = nullptr;  ///< what the document reached; null: the lab does not say
  std::string key;                     ///< varied key on the x axis; empty: the task varies nothing
  std::vector<RunView> runs;
  std::vector<const FigureSpec*> specs;  ///< what the lab says about figures of this task

  /// It compares arms, rather than trials of one.
  bool sweep() const { return !key.empty() && runs.size() > 1; }
  /// Its arms differ in `key`; false for a grid, where several arms share a value of it.
  bool one_key() const;
  /// What tells the arms apart, in words: "learning rate", or "combination of momentum and learning
  /// rate" for a grid.
  std::string arms_title() const;
  bool several_trials() const;
  /// The run that stands for the task in single-run figures: best validation accuracy, first on
  /// ties; else the first with evidence; null where there is none.
  const RunView* main_run() const;
  const FigureSpec* spec(const std::string& kind) const;  ///< null: the lab says nothing
  std::int64_t classes() const;                           ///< 0: unknown
};

std::vector<TaskView> task_views(const ReportData& data);

/// "learning rate" for "optimizer.lr"; unknown keys are their own name.
std::string key_title(const std::string& key);
/// The text with the keys of recipes in it replaced by their titles: graders name arms by key.
std::string with_key_titles(std::string text);
/// How many characters the text has, rather than bytes.
std::size_t characters(const std::string& text);
/// At most so many characters, with "…" where something was cut; always printable, one line.
std::string clipped(const std::string& text, std::size_t characters);
/// A lab value as text: 0.1, 1e-5, 30, true, or the string itself.
std::string value_text(const Json& value);

}  // namespace gradus::reports
