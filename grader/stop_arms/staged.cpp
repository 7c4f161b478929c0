#include "grader/stop_arms/staged.hpp"

#include "framework/core/files.hpp"
#include "framework/executor/cache.hpp"

namespace gradus::grader {

Staged::Staged(const Paths& paths, Prepared& prepared, const Hooks& hooks)
    : paths_(paths), prepared_(prepared), hooks_(hooks), rounds_(prepared.lab, prepared.plan) {
  for (const PlannedRun& planned : prepared.plan.runs) {
    hashes_.push_back(planned.run.hash());
    trajectories_.push_back(planned.run.trajectory_hash());
  }
}

void Staged::progress(executor::RunProgress progress) {
  last_[progress.index] = progress;
  const RunPlan& run = prepared_.plan.runs[progress.index].run;
  if (run.cut_short() && (progress.state == "done" || progress.state == "cached")) {
    // At its rung it waits for the other arms; whether it is done nobody knows yet.
    progress.state = "running";
    progress.epoch = run.last_epoch();
    progress.step = progress.steps = 1;
  }
  if (hooks_.progress) hooks_.progress(prepared_, progress);
}

const Evidence* Staged::look(std::size_t run) const {
  const auto found = evidence_.find(hashes_[run]);
  return found == evidence_.end() ? nullptr : found->second.get();
}

void Staged::tell_stopped(const Rounds::Stopped& stopped) {
  const RunPlan& run = prepared_.plan.runs[stopped.run].run;
  stopped_.insert(stopped.run);
  bool wanted = false;  // arms of two sweeps may be one training
  for (std::size_t i = 0; i < trajectories_.size(); ++i) {
    wanted = wanted || (trajectories_[i] == trajectories_[stopped.run] && !stopped_.contains(i));
  }
  // Where nobody goes on from there. Best effort: what stays is swept after a month.
  if (!wanted) {
    static_cast<void>(remove_tree(executor::checkpoint_folder(paths_, trajectories_[stopped.run])));
  }
  executor::RunProgress progress = last_[stopped.run];
  if (!hooks_.progress || progress.state == "diverged" || progress.state == "failed") return;
  progress.index = stopped.run;
  progress.epochs = run.recipe.epochs;
  if (!stopped.whole) {  // else it is done, wherever that was
    progress.state = "stopped";
    progress.epoch = stopped.after;
    progress.text = stopped.why;
  }
  hooks_.progress(prepared_, progress);
}

std::vector<executor::FollowUp> Staged::then(const executor::Entry& entry) {
  entries_[entry.run_hash] = entry;
  if (rounds_.empty() || entry.evidence.empty()) return {};
  auto read = read_evidence(entry.evidence);
  if (!read.ok()) return {};
  evidence_[entry.run_hash] = std::make_unique<Evidence>(std::move(read->evidence));
  std::vector<executor::FollowUp> all;
  for (;;) {  // what follows may be there already: another sweep's arm may be the same run
    Rounds::Step step = rounds_.advance([&](std::size_t run) { return look(run); });
    for (const executor::FollowUp& next : step.next) hashes_[next.index] = next.run.hash();
    for (const Rounds::Stopped& stopped : step.stopped) tell_stopped(stopped);
    if (step.next.empty()) return all;
    for (executor::FollowUp& next : step.next) all.push_back(std::move(next));
  }
}

std::vector<executor::Entry> Staged::entries() const {
  std::vector<executor::Entry> all;
  const auto waiting = rounds_.undecided([&](std::size_t run) { return look(run); });
  for (std::size_t i = 0; i < hashes_.size(); ++i) {
    const auto found = entries_.find(hashes_[i]);
    executor::Entry entry;
    if (found != entries_.end()) entry = found->second;
    entry.run_hash = hashes_[i];
    const auto open = waiting.find(i);
    if (open != waiting.end() && !entry.evidence.empty()) {
      entry.evidence.clear();
      entry.not_graded = Failure{Fault::infrastructure, "ERROR", "compare arms", open->second,
                                 "Call the same command again: what is done is kept."};
    }
    all.push_back(std::move(entry));
  }
  return all;
}

}  // namespace gradus::grader
