#pragma once

// Sweeps whose arms may be stopped early, from rung to rung.
//
// Theory of operation. A plan begins with every such arm at its first rung. Once all runs of a
// sweep that stand at one rung have evidence, decide() says who goes on; those runs get the plan of
// the next rung (behind the last: that of the whole run), the others keep theirs, and with it the
// evidence of the rung where they were stopped. So an arm that goes to its end has the plan, hash
// and evidence that it has in a complete sweep. Nothing is decided while a run is missing through
// the infrastructure's fault: what becomes of a sweep is a function of plan and evidence alone.
//
// A run that its own recipe ended before a rung (early stopping) has no further plan: it left no
// checkpoint, and another run would train the same epochs to the same end. It keeps the plan and
// evidence of the rung where that was found, and is compared at all later rungs with what it
// reached.

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "framework/executor/executor.hpp"
#include "framework/lab/lab.hpp"
#include "grader/stop_arms/decide.hpp"

namespace gradus::grader {

/// The sweeps of a plan that lab::expand() made; changes its runs as they get further.
class Rounds {
 public:
  /// What a run of the plan left, by index; null where there is nothing to compare.
  using Look = std::function<const Evidence*(std::size_t run)>;

  Rounds(const lab::Lab& lab, Plan& plan);
  bool empty() const { return sweeps_.empty(); }

  /// An arm's run that does not go on, told once.
  struct Stopped {
    std::size_t run = 0;     ///< index in the plan
    std::int64_t after = 0;  ///< epochs
    std::string why;         ///< see ArmDecision; empty: it ended by itself, its arm is in the race
    bool whole = false;      ///< training was over anyway: it diverged, failed or stopped itself
  };
  struct Step {
    std::vector<executor::FollowUp> next;
    std::vector<Stopped> stopped;
  };
  /// Decides what can be decided, once; `look`: null for a run without evidence.
  Step advance(const Look& look);

  /// Runs that wait for a decision which cannot be made, and why.
  std::map<std::size_t, std::string> undecided(const Look& look) const;

 private:
  struct Arm {
    std::vector<std::size_t> runs;  ///< trials
    bool alive = true;
  };
  struct Sweep {
    lab::StopArms stop;
    std::vector<std::int64_t> rungs;
    std::vector<Arm> arms;
    std::size_t rung = 0;  ///< where the living arms are; rungs.size(): on their way to the end
  };
  bool ready(const Sweep& sweep, const Look& look) const;
  void decide_rung(Sweep& sweep, const Look& look, Step& step);

  Plan& plan_;
  std::vector<Sweep> sweeps_;
  std::set<std::size_t> ended_;  ///< runs that their recipe ended by the last rung decided
};

}  // namespace gradus::grader
