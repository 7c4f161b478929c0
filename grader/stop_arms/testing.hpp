#pragma once

// A lab with a sweep of four arms, and evidence of its runs, for tests.

#include <fstream>
#include <string>

#include "grader/grader.hpp"
#include "grader/testing.hpp"

namespace gradus::grader::testing {

inline const std::string kHalving = R"(rule = "successive_halving", rungs = [2, 5], keep = 0.5)";

/// Batches of 1, 2, 3 and 4, ten epochs each. `rules`: inside of stop_arms; empty: none.
inline lab::Lab stopping_lab(const std::string& rules, const std::string& task = "",
                             const std::vector<lab::Override>& overrides = {}) {
  const Folder folder;
  const std::string text = R"([lab]
id = "sweeps"
[data]
name = "cifar10"
split = { train = 1000, val = 100 }
normalize = { mean = [0.5, 0.5, 0.5], std = [0.2, 0.2, 0.2] }
[recipe]
epochs = 10
[run]
threads = 1
[[task]]
id = "sweep"
kind = "train"
vary.grid = { batch = [1, 2, 3, 4] }
)" + task + (rules.empty() ? "" : "stop_arms = { " + rules + " }\n") +
                           R"([[rubric]]
id = "best"
points = 2
check = "sweep"
task = "sweep"
best = { key = "batch", at_least = 4 }
[[rubric]]
id = "floor"
points = 1
check = "sweep"
task = "sweep"
all_at_least = 0.105
)";
  std::ofstream(folder.path() / "lab.toml") << text;
  auto lab = lab::read_lab(folder.path() / "lab.toml", "", vocabulary({"cifar10"}), overrides);
  EXPECT_TRUE(lab.ok()) << (lab.ok() ? "" : lab.error().what);
  return lab.ok() ? std::move(*lab) : lab::Lab{};
}

/// Of a run that reached `accuracy` in its first epoch and gains a thousandth in each.
inline Evidence evidence_of(const RunPlan& run, double accuracy) {
  const double best = accuracy + 0.001 * static_cast<double>(run.last_epoch());
  Evidence made = trained(best, best, best);
  made.run_hash = run.hash();
  made.plan = run.hashed();
  for (std::int64_t epoch = 1; epoch <= run.last_epoch(); ++epoch) {
    EpochRecord record;
    record.epoch = epoch;
    record.val_accuracy = accuracy + 0.001 * static_cast<double>(epoch);
    made.epochs.push_back(record);
  }
  return made;
}

/// The same run where its recipe (early_stop) ended it at an epoch, if it gets there.
inline Evidence ended_itself(Evidence made, std::int64_t epoch) {
  if (made.epochs.empty() || made.epochs.back().epoch < epoch) return made;
  std::erase_if(made.epochs, [&](const EpochRecord& record) { return record.epoch > epoch; });
  made.stopped_epoch = epoch;
  return made;
}

}  // namespace gradus::grader::testing
