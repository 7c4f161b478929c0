#pragma once

// Synthetic evidence for this room's tests.

#include <gtest/gtest.h>

#include <deque>
#include <filesystem>
#include <string>
#include <vector>

#include "framework/core/files.hpp"
#include "framework/record/evidence.hpp"
#include "grader/checks/check.hpp"

namespace gradus::grader::testing {

inline Evidence trained(double best_val, double train = 0.9, double final_val = 0.6) {
  Evidence evidence;
  evidence.run_hash = std::string(64, 'a');
  evidence.status = "done";
  evidence.parameters = 82'030;
  evidence.plan = {{"data", {{"classes", 10}}}};
  for (const auto& [name, accuracy] : std::map<std::string, double>{
           {"best_val", best_val}, {"train", train}, {"final_val", final_val}, {"test", best_val}}) {
    SplitScore score;
    score.count = 5000;
    score.accuracy = accuracy;
    score.loss = 1;
    evidence.scores[name] = score;
  }
  return evidence;
}

inline Evidence diverged(std::int64_t epoch = 2) {
  Evidence evidence = trained(0.7);
  evidence.status = "diverged";
  evidence.diverged_epoch = epoch;
  return evidence;  // scores of earlier epochs stay: they must not count
}

inline Evidence failed(Fault fault) {
  Evidence evidence;
  evidence.status = "failed";
  evidence.failure =
      Failure{fault, "CRASHED", "train", "the process ended with signal 11", "Look at forward."};
  return evidence;
}

inline Evidence probed(std::vector<ProbeOutcome> probes) {
  Evidence evidence = trained(0.1);
  evidence.probes = std::move(probes);
  return evidence;
}

inline ProbeOutcome probe(const std::string& name, const std::string& verdict,
                          std::map<std::string, Json> found = {}) {
  return {name, verdict, std::move(found), {}, name + " says " + verdict + ".", Trust::recomputed};
}

/// How a tensor's weights are spread, as far as checks look.
inline Histogram spread(const std::string& name, double near_zero) {
  return {name, -1, 1, {1, 2, 1}, near_zero};
}

/// A task with runs and their evidence. Adding a run without evidence makes a missing one.
class Runs {
 public:
  Runs& add(std::map<std::string, Json> arm, std::optional<Evidence> evidence,
            std::optional<Failure> not_graded = std::nullopt) {
    PlannedRun planned;
    planned.id = "run" + std::to_string(planned_.size());
    planned.arm = std::move(arm);
    planned.run.data.classes = 10;
    planned_.push_back(std::move(planned));
    evidence_.push_back(std::move(evidence));
    failures_.push_back(std::move(not_graded));
    return *this;
  }
  Runs& add(Evidence evidence) { return add(std::map<std::string, Json>{}, std::move(evidence)); }
  /// Of the run that was added last.
  RunPlan& plan() { return planned_.back().run; }
  Runs& rate(double lr, Evidence evidence) {
    return add({{"optimizer.lr", lr}}, std::move(evidence));
  }

  /// How the last added run's weights are spread.
  Runs& weights(std::vector<Histogram> histograms) {
    histograms_[planned_.size() - 1] = std::move(histograms);
    return *this;
  }

  /// `others`: runs of the task that an option names.
  CheckResult ask(const std::string& check, const Json& options, const Runs& others) const {
    const lab::Task task;
    const std::vector<RunView> own = views(), beside = others.views();
    return find_check(check)->run({options, task, own, beside});
  }
  /// A check that compares tasks compares this one with itself.
  CheckResult ask(const std::string& check, const Json& options) const {
    return ask(check, options, *this);
  }

 private:
  std::vector<RunView> views() const {
    std::vector<RunView> views;
    for (std::size_t i = 0; i < planned_.size(); ++i) {
      const auto spread = histograms_.find(i);
      views.push_back({&planned_[i], evidence_[i] ? &*evidence_[i] : nullptr,
                       failures_[i] ? &*failures_[i] : nullptr,
                       spread == histograms_.end() ? nullptr : &spread->second});
    }
    return views;
  }

  std::map<std::size_t, std::vector<Histogram>> histograms_;
  std::deque<PlannedRun> planned_;  // views point into these
  std::deque<std::optional<Evidence>> evidence_;
  std::deque<std::optional<Failure>> failures_;
};

/// A folder that is gone when the test is.
class Folder {
 public:
  Folder() {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "gradus-grader-XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  ~Folder() { EXPECT_TRUE(remove_tree(path_).ok()); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace gradus::grader::testing
