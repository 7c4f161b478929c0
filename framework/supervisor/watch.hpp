#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "framework/supervisor/idle_time.hpp"
#include "framework/supervisor/worker.hpp"

namespace gradus::supervisor {

/// Ends workers that do nothing: awaited by us, silent, without CPU time and without a thread that
/// wants some, for `patience_ms` (IdleTime). So neither a busy machine nor a pause of the whole run
/// (we stopped together with our workers, then continued) makes a worker look stalled; one that
/// sleeps or stops itself does. Also ends all of them when `cancelled` turns true.
class Watch {
 public:
  Watch(std::vector<Worker*> workers, double patience_ms, const std::atomic<bool>* cancelled);
  ~Watch();  ///< stops watching
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

 private:
  struct Seen {
    Worker* worker = nullptr;
    IdleTime idle;
  };
  void loop();

  std::vector<Seen> seen_;
  double patience_ms_;
  const std::atomic<bool>* cancelled_;
  std::mutex mutex_;
  std::condition_variable stop_signal_;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace gradus::supervisor
