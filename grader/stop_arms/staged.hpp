#pragma once

// Executes a plan whose sweeps may stop arms early: between the executor, which asks what follows
// on a run, and Rounds, which decides it.

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "grader/session.hpp"
#include "grader/stop_arms/rounds.hpp"

namespace gradus::grader {

class Staged {
 public:
  /// Changes the plan of `prepared` while it runs; all three outlive this. What the executor is
  /// given must be a copy of the plan as it is now.
  Staged(const Paths& paths, Prepared& prepared, const Hooks& hooks);

  /// To be called as executor::Options::on_progress and then.
  void progress(executor::RunProgress progress);
  std::vector<executor::FollowUp> then(const executor::Entry& entry);

  /// One per run of the plan, same order, once everything is over.
  std::vector<executor::Entry> entries() const;

 private:
  const Evidence* look(std::size_t run) const;
  void tell_stopped(const Rounds::Stopped& stopped);

  const Paths& paths_;
  Prepared& prepared_;
  const Hooks& hooks_;
  Rounds rounds_;
  std::vector<std::string> hashes_;  ///< of the plan's runs as they are now
  std::vector<std::string> trajectories_;
  std::set<std::size_t> stopped_;
  std::map<std::string, executor::Entry> entries_;
  std::map<std::string, std::unique_ptr<Evidence>> evidence_;  ///< null: cannot be read
  std::map<std::size_t, executor::RunProgress> last_;
};

}  // namespace gradus::grader
