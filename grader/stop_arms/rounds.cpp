#include "grader/stop_arms/rounds.hpp"

#include <algorithm>

namespace gradus::grader {

Rounds::Rounds(const lab::Lab& lab, Plan& plan) : plan_(plan) {
  for (const lab::Task& task : lab.tasks) {
    const std::vector<std::int64_t> rungs = lab::rungs_of(lab, task);
    if (rungs.empty()) continue;
    Sweep sweep{task.stop_arms, rungs, {}, 0};
    for (const auto& arm : task.arms) {
      Arm made;
      for (std::size_t i = 0; i < plan.runs.size(); ++i) {
        if (plan.runs[i].task == task.id && plan.runs[i].arm == arm) made.runs.push_back(i);
      }
      if (!made.runs.empty()) sweep.arms.push_back(std::move(made));
    }
    if (!sweep.arms.empty()) sweeps_.push_back(std::move(sweep));
  }
}

bool Rounds::ready(const Sweep& sweep, const Look& look) const {
  if (sweep.rung >= sweep.rungs.size()) return false;
  return std::all_of(sweep.arms.begin(), sweep.arms.end(), [&](const Arm& arm) {
    return !arm.alive || std::all_of(arm.runs.begin(), arm.runs.end(), [&](std::size_t run) {
      const Evidence* evidence = look(run);
      return evidence != nullptr && reaches(*evidence, sweep.rungs[sweep.rung]);
    });
  });
}

void Rounds::decide_rung(Sweep& sweep, const Look& look, Step& step) {
  const std::int64_t rung = sweep.rungs[sweep.rung++];
  const std::int64_t next = sweep.rung < sweep.rungs.size() ? sweep.rungs[sweep.rung] : 0;
  std::vector<Arm*> living;
  std::vector<std::optional<double>> figures;
  for (Arm& arm : sweep.arms) {
    if (!arm.alive) continue;
    std::vector<std::optional<double>> trials;
    for (const std::size_t run : arm.runs) trials.push_back(figure_at(*look(run), rung));
    living.push_back(&arm);
    figures.push_back(mean_figure(trials));
  }
  const std::vector<ArmDecision> decisions = decide(sweep.stop, figures);
  for (std::size_t i = 0; i < living.size(); ++i) {
    living[i]->alive = decisions[i].goes_on;
    for (const std::size_t run : living[i]->runs) {
      if (ended_.contains(run)) continue;  // told at an earlier rung
      const bool ended = ended_by(*look(run), rung);
      if (ended) ended_.insert(run);
      if (decisions[i].goes_on && !ended) {
        plan_.runs[run].run.stop_after = next;
        step.next.push_back({run, plan_.runs[run].run, rung});
        continue;
      }
      step.stopped.push_back({run, rung, decisions[i].why, over(*look(run))});
    }
  }
  if (std::none_of(living.begin(), living.end(), [](const Arm* arm) { return arm->alive; }))
    sweep.rung = sweep.rungs.size();
}

Rounds::Step Rounds::advance(const Look& look) {
  Step step;
  for (Sweep& sweep : sweeps_) {
    // With evidence that reaches further (a stored result) several rungs are decided at once.
    while (ready(sweep, look)) decide_rung(sweep, look, step);
  }
  return step;
}

std::map<std::size_t, std::string> Rounds::undecided(const Look& look) const {
  std::map<std::size_t, std::string> waiting;
  for (const Sweep& sweep : sweeps_) {
    if (sweep.rung >= sweep.rungs.size()) continue;
    std::string missing;
    for (const Arm& arm : sweep.arms) {
      for (const std::size_t run : arm.runs) {
        if (arm.alive && look(run) == nullptr && missing.empty()) missing = plan_.runs[run].id;
      }
    }
    for (const Arm& arm : sweep.arms) {
      for (const std::size_t run : arm.runs) {
        if (!arm.alive) continue;
        waiting[run] = "the arms could not be compared after " +
                       std::to_string(sweep.rungs[sweep.rung]) + " epochs: the run " + missing +
                       " has no evidence";
      }
    }
  }
  return waiting;
}

}  // namespace gradus::grader
