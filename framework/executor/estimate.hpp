#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "framework/executor/cost_model.hpp"

namespace gradus::executor {

/// How far a plan is.
struct Estimate {
  std::size_t done = 0, runs = 0;      ///< distinct runs; cached ones count as done
  std::optional<double> seconds_left;  ///< nothing while no network's speed is known
};

/// The order in which runs start, as places in `plans`: probes first, since whoever waits should
/// soon learn that a network is put together wrongly; then the longest, in seconds where the
/// machine remembers the networks of all trainings or their kin, else in images.
std::vector<std::size_t> starting_order(const std::vector<const RunPlan*>& plans,
                                        const CostModel& model);

/// Foretells a pool's end. Speeds come from the runs at work, else from runs of the same network
/// that are over, else from what the machine remembers (at the pace that it shows today), else from
/// other networks of the plan.
class Estimator {
 public:
  Estimator(const CostModel& model, int jobs, int cores)
      : model_(model), jobs_(jobs), cores_(cores) {}

  /// Runs side by side, where something else than cores bounds them.
  void at_most(int jobs) { jobs_ = std::min(jobs_, jobs); }

  /// In the order in which they start.
  /// `after_epoch`: where it most likely goes on.
  void add(const std::string& hash, const RunPlan& plan, std::int64_t after_epoch = 0);
  /// Where a run at work is, `seconds` after its start.
  void heard(const std::string& hash, std::int64_t epoch, std::int64_t step, std::int64_t steps,
             double seconds);
  void started(const std::string& hash);
  void stopped(const std::string& hash);  ///< waits again
  void finished(const std::string& hash);
  Estimate now() const;
  /// Images and seconds that were seen of a run; nothing where too little.
  std::optional<std::pair<double, double>> seen(const std::string& hash) const;

 private:
  struct Run {
    const RunPlan* plan = nullptr;
    std::string network;
    bool running = false, finished = false;
    double first_images = 0, first_seconds = 0;  ///< where it was first heard of
    double images = 0, seconds = 0;              ///< and last
    double before = 0;                           ///< images that an earlier run has done
    bool heard = false;
  };
  /// Seconds an image; `pace` of those that are remembered.
  std::optional<double> speed(const Run& run, double pace) const;
  static std::optional<double> own_speed(const Run& run);
  /// Time that the runs at work take for each second that was remembered of their networks: the
  /// machine may have more to do today, or less.
  double pace() const;

  const CostModel& model_;
  int jobs_, cores_;
  std::vector<std::string> order_;
  std::map<std::string, Run> runs_;
};

}  // namespace gradus::executor
