#pragma once

#include <deque>
#include <map>
#include <string>
#include <vector>

#include "framework/core/paths.hpp"
#include "framework/executor/cost_model.hpp"
#include "framework/executor/estimate.hpp"
#include "framework/executor/executor.hpp"
#include "framework/executor/gpu_slots.hpp"
#include "framework/executor/job.hpp"
#include "framework/executor/promises.hpp"
#include "framework/executor/schedule.hpp"
#include "framework/executor/session.hpp"

namespace gradus::executor {

/// How often a run is started before it stays not graded.
inline constexpr int kAttempts = 3;

/// The local pool: see pool.cpp for its theory of operation. `paths`, `options` and the plan must
/// outlive it.
class Pool {
 public:
  Pool(const Paths& paths, const Options& options, Session session);

  void add(const Plan& plan);
  /// Error (user): interrupted.
  Status run();
  const Entry& entry(const std::string& hash) const;

 private:
  using Clock = std::chrono::steady_clock;

  // pool.cpp: from waiting to running.
  bool add_job(const RunPlan& run, std::size_t index);
  void put_in_order();
  void promise(Job& job, std::int64_t after_epoch);
  void follow_up();
  void look_at_memory();
  bool settle(Job& job);
  void settle_cached();
  bool lock(Job& job);
  void try_start(Job& job);
  bool use_cache(Job& job);
  void forget(const Job& job) const;
  bool take_gpu(Job& job);
  void launch(Job& job);
  void wait();
  Status stop();

  // pool_end.cpp: from running to an entry.
  void attend(Job& job);
  void hear(Job& job, const std::string& line);
  void publish(Job& job);
  void learn(const Job& job);
  void retry(Job& job, const Failure& failure);
  void give_up(Job& job, const Failure& failure);
  void finish(Job& job, const std::string& state, const std::string& text);
  void leave(Job& job);

  // What is told.
  void say(const Job& job, RunProgress progress);
  void say(const Job& job, const std::string& state, const std::string& text = "");
  void tell_estimate();

  const Paths& paths_;
  const Options& options_;
  Session session_;
  CostModel costs_;
  Promises promises_;
  Slots slots_;
  GpuSlots gpus_;
  Estimator estimator_;
  Clock::time_point next_estimate_ = {}, next_look_ = {};
  std::vector<Job> jobs_;
  std::deque<RunPlan> added_;  ///< plans of runs that follow; jobs point here
  std::map<std::string, RunProgress> last_heard_;
};

/// A failure of ours.
Failure infrastructure(std::string what, std::string cure = "call the command again");

}  // namespace gradus::executor
