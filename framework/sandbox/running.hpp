#pragma once

#include <sys/types.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <optional>
#include <thread>

#include "framework/core/awake_time.hpp"
#include "framework/core/files.hpp"
#include "framework/sandbox/cgroup.hpp"
#include "framework/sandbox/config.hpp"
#include "framework/sandbox/ownership.hpp"
#include "framework/sandbox/sandbox.hpp"
#include "framework/sandbox/tree.hpp"
#include "framework/sandbox/users.hpp"

namespace gradus::sandbox {

/// A started tree and the thread that watches it. Theory of operation: the thread sleeps in poll()
/// on the output pipes, the socket of gradus-confine, a descriptor of the top process and an event
/// for kill(); every 5 to 50 ms it looks at clock, CPU time and memory of the tree. Whatever goes
/// over a limit is killed whole (time in which we ourselves were stopped is on no clock): by
/// process 1 where there is a pid namespace, otherwise by uid (all processes of the uid at once),
/// otherwise by the subreaper. When the top process is gone, so is the tree, and the outcome is put
/// together.
class Running {
 public:
  ~Running();

  /// Waits until the program runs. Error: what gradus-confine or bubblewrap said.
  Status await_ready();
  void watch_in_thread();
  void request_kill();
  bool done() const { return done_; }
  double cpu_ms();
  double wall_ms();
  bool at_work();
  Outcome wait();

  // Filled in by Process::start() before await_ready().
  Limits limits;
  Layers layers;
  std::optional<LeasedUid> user;
  std::optional<FolderGuard> scratch;  ///< stands in for /tmp without namespaces
  LentFolders lent;
  std::unique_ptr<Cgroup> cgroup;
  pid_t top = -1;  ///< our child: bubblewrap, or gradus-confine itself
  Fd top_fd;       ///< pidfd of top
  Fd out, err, report, wake;

 private:
  using Clock = AwakeTime::Clock;
  /// Looks are 50 ms apart, and late on a busy machine.
  static constexpr std::chrono::milliseconds kLongestStep{500};

  void watch();
  void look(Clock::time_point now);
  void stop(const char* reason);
  void kill_tree();
  void read_reports();
  void drain(const Fd& fd, std::string& kept, bool& cut);
  void reap();
  void finish();
  std::vector<pid_t> members() const;

  Fd init_fd_;  ///< pidfd of gradus-confine
  std::thread thread_;
  std::mutex mutex_;  ///< guards outcome_ and looked_at_ between the thread and its callers
  std::atomic<bool> done_{false};
  Outcome outcome_;
  std::vector<pid_t> looked_at_;  ///< members as of the last look
  AwakeTime awake_{kLongestStep};
  std::optional<double> stopped_at_ms_;  ///< of awake_
  Clock::time_point next_disk_look_{};
  std::uint64_t output_total_ = 0;
  std::optional<int> ended_;  ///< wait status of the program
  bool out_open_ = true, err_open_ = true;
  bool too_many_files_ = false;
};

}  // namespace gradus::sandbox
