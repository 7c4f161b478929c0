// A made-up result of two sweeps whose hopeless arms were stopped early.
#include <fmt/format.h>

#include <algorithm>

#include "reports/testing/builders.hpp"

namespace gradus::reports::testing {
namespace {

/// What the run had left when it ended behind an epoch.
Sample::Run until(Sample::Run run, std::int64_t epoch) {
  Evidence& e = run.evidence;
  if (e.status != "done" || e.epochs.back().epoch <= epoch) return run;
  e.epochs.resize(static_cast<std::size_t>(epoch) + 1);
  e.plan["stop_after"] = epoch;
  const auto best = std::max_element(
      e.epochs.begin() + 1, e.epochs.end(), [](const EpochRecord& a, const EpochRecord& b) {
        return a.val_accuracy.value_or(0) < b.val_accuracy.value_or(0);
      });
  e.best_epoch = best->epoch;
  e.scores["best_val"].accuracy = best->val_accuracy.value_or(0);
  e.scores["final_val"].accuracy = e.epochs.back().val_accuracy.value_or(0);
  e.scores["test"].accuracy = best->val_accuracy.value_or(0) - 0.006;
  e.scores["train"].accuracy = e.epochs.back().train_accuracy.value_or(0) + 0.01;
  run.observed.wall_ms = 4200.0 + 3100.0 * static_cast<double>(epoch);
  return run;
}

void add(Sample& sample, const std::string& task, const std::map<std::string, Json>& arm,
         Sample::Run run, std::int64_t stopped, std::int64_t trial = 0) {
  add_run(sample, task, arm, stopped > 0 ? until(std::move(run), stopped) : std::move(run), trial);
  if (stopped > 0) sample.result.runs.back().stopped_after = stopped;
}

}  // namespace

Sample stopped_sample() {
  Sample sample;
  LabResult& r = sample.result;
  r = result_of("stopping", "Two sweeps with early stopping");
  r.text = "Hopeless arms are stopped, so that the best one costs less.";
  r.tasks = {{"lr_sweep",
              "Learning-rate sweep",
              "train",
              "Seven rates and one that diverges.",
              {"optimizer.lr"}},
             {"l2_sweep",
              "L2 sweep",
              "train",
              "Four strengths, two trials each.",
              {"optimizer.weight_decay"}}};
  r.tasks[0].stop_arms = {{"rule", "successive_halving"}, {"rungs", {3, 9}}, {"keep", 0.5}};
  r.tasks[1].stop_arms = {{"rule", "median"}, {"rungs", {5}}};
  const std::vector<std::tuple<double, double, std::int64_t>> rates = {
      {1.0, 0.1, 0},    {0.1, 0.723, 9},  {0.05, 0.735, 0},  {0.02, 0.737, 0},
      {0.01, 0.741, 9}, {0.005, 0.73, 3}, {0.002, 0.737, 3}, {0.001, 0.727, 3}};
  std::uint64_t seed = 300;
  for (const auto& [lr, peak, stopped] : rates) {
    const std::string id = fmt::format("stopping lr={}", lr);
    add(sample, "lr_sweep", {{"optimizer.lr", lr}},
        lr >= 1 ? diverged_run(id, lr, 1e-4) : train_run(id, lr, 1e-4, 30, peak, 0.15, seed),
        stopped);
    seed += 10;
  }
  const std::vector<std::tuple<double, double, std::int64_t>> decays = {
      {0.01, 0.617, 5}, {1e-3, 0.725, 5}, {1e-4, 0.741, 0}, {1e-5, 0.735, 0}};
  for (const auto& [decay, peak, stopped] : decays) {
    for (std::int64_t trial = 0; trial < 2; ++trial) {
      const std::string id = fmt::format("stopping l2={} {}", decay, trial);
      add(sample, "l2_sweep", {{"optimizer.weight_decay", decay}},
          train_run(id, 0.05, decay, 12, peak, 0.1, seed), stopped, trial);
      seed += 10;
    }
  }
  r.rubric = {item("lr_optimum", "The optimum is small", "sweep", "lr_sweep", 3, 3, "pass",
                   "best optimizer.lr 0.02", "best optimizer.lr at most 0.05",
                   "The best optimizer.lr is 0.02. Not complete: 5 of 8 arms were stopped early "
                   "(after 3 of 30 epochs, after 9 of 30 epochs) and count with what they had "
                   "reached by then.")};
  count_points(r);
  return sample;
}

}  // namespace gradus::reports::testing
