#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "framework/supervisor/worker.hpp"

namespace gradus::supervisor {

/// Ends workers that do nothing: awaited by us, silent, and without CPU time for `patience_ms`. CPU
/// time decides, so a busy machine alone never makes a worker look stalled. Also ends all of them
/// when `cancelled` turns true.
class Watch {
 public:
  Watch(std::vector<Worker*> workers, double patience_ms, const std::atomic<bool>* cancelled);
  ~Watch();  ///< stops watching
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

 private:
  struct Seen {
    Worker* worker = nullptr;
    std::uint64_t exchanges = 0;
    double cpu_ms = 0, idle_ms = 0;
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
