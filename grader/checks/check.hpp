#pragma once

#include <string>
#include <vector>

#include "framework/lab/lab.hpp"
#include "framework/record/evidence.hpp"
#include "framework/record/histograms.hpp"
#include "framework/record/plan.hpp"

namespace gradus::grader {

/// One planned run as a check sees it.
struct RunView {
  const PlannedRun* planned = nullptr;
  const Evidence* evidence = nullptr;   ///< null: there is none (not run, or infrastructure failed)
  const Failure* not_graded = nullptr;  ///< why there is none, where that is known
  /// How its last weights are spread; null unless the check reads_weights and they are there.
  const std::vector<Histogram>* histograms = nullptr;
};

/// What a check says about one set of options. Points are grade()'s business.
struct CheckResult {
  enum class Verdict { pass, fail, not_graded };
  Verdict verdict = Verdict::fail;
  std::string found, wanted;  ///< short: "65.84 %", "at least 63 %"
  std::string reason;         ///< one sentence for the student: found, wanted, likely cause
  Trust trust = Trust::recomputed;
};

/// What a check looks at: the item's options (the check's own keys) and its task's runs, arms in
/// order, trials within an arm side by side. Never empty.
struct CheckInput {
  const Json& options;
  const lab::Task& task;
  const std::vector<RunView>& runs;
  /// Runs of the task that a key of type other_task names; empty where no key does.
  const std::vector<RunView>& others;
};

/// A check: its keys for the lab reader, and a pure function.
struct CheckInfo {
  lab::NamedSpec spec;
  CheckResult (*run)(const CheckInput&);
  bool reads_weights = false;  ///< wants RunView::histograms
};
/// The task that options of the check name beside the item's own; "" where none.
std::string other_task(const CheckInfo& check, const Json& options);


/// All checks there are, in the order of the documentation. An explicit table: a check that a
/// linker dropped would be points that nobody can get.
const std::vector<CheckInfo>& check_table();
/// Null for an unknown name.
const CheckInfo* find_check(const std::string& name);

// One function a file; add the row in table.cpp.
CheckInfo parameters_check();
CheckInfo shape_check();
CheckInfo initial_loss_check();
CheckInfo probe_check();
CheckInfo accuracy_check();
CheckInfo gap_check();
CheckInfo learning_rate_check();
CheckInfo sweep_check();
CheckInfo compare_check();
CheckInfo weights_check();

}  // namespace gradus::grader
