#include "framework/supervisor/watch.hpp"

#include <chrono>

#include "framework/supervisor/failure.hpp"

namespace gradus::supervisor {
namespace {

constexpr double kTickMs = 100;
/// CPU time between two looks below which a worker counts as idle (timers of idle pool threads).
constexpr double kIdleShare = 0.02;

}  // namespace

Watch::Watch(std::vector<Worker*> workers, double patience_ms, const std::atomic<bool>* cancelled)
    : patience_ms_(patience_ms), cancelled_(cancelled) {
  for (Worker* worker : workers) seen_.push_back({worker, 0, 0, 0});
  thread_ = std::thread([this] { loop(); });
}

Watch::~Watch() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  stop_signal_.notify_all();
  thread_.join();
}

void Watch::loop() {
  using Clock = std::chrono::steady_clock;
  auto last = Clock::now();
  std::unique_lock lock(mutex_);
  while (!stop_signal_.wait_for(lock, std::chrono::duration<double, std::milli>(kTickMs),
                                [this] { return stop_; })) {
    const auto now = Clock::now();
    const double passed_ms = std::chrono::duration<double, std::milli>(now - last).count();
    last = now;
    for (Seen& seen : seen_) {
      if (cancelled_ && *cancelled_) seen.worker->kill("cancelled");
      const double cpu_ms = seen.worker->cpu_ms();
      const std::uint64_t exchanges = seen.worker->exchanges();
      const bool idle = seen.worker->awaited() && exchanges == seen.exchanges &&
                        cpu_ms - seen.cpu_ms < kIdleShare * passed_ms;
      seen.idle_ms = idle ? seen.idle_ms + passed_ms : 0;
      seen.exchanges = exchanges;
      seen.cpu_ms = cpu_ms;
      if (seen.idle_ms > patience_ms_) seen.worker->kill(kStalled);
    }
  }
}

}  // namespace gradus::supervisor
