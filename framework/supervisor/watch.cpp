#include "framework/supervisor/watch.hpp"

#include "framework/core/awake_time.hpp"
#include "framework/supervisor/failure.hpp"

namespace gradus::supervisor {
namespace {

constexpr std::chrono::milliseconds kTick{100};
/// A tick counts for this much at most, however late it comes.
constexpr std::chrono::milliseconds kLongestTick = 3 * kTick;

}  // namespace

Watch::Watch(std::vector<Worker*> workers, double patience_ms, const std::atomic<bool>* cancelled)
    : patience_ms_(patience_ms), cancelled_(cancelled) {
  for (Worker* worker : workers) seen_.push_back({worker, {}});
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
  AwakeTime awake(kLongestTick);
  std::unique_lock lock(mutex_);
  while (!stop_signal_.wait_for(lock, kTick, [this] { return stop_; })) {
    const double step_ms = awake.step();
    for (Seen& seen : seen_) {
      Worker& worker = *seen.worker;
      if (cancelled_ && *cancelled_) worker.kill("cancelled");
      const Look look = {worker.awaited(), worker.exchanges(), worker.cpu_ms(),
                         [&worker] { return worker.at_work(); }};
      if (seen.idle.take(step_ms, look) > patience_ms_) worker.kill(kStalled);
    }
  }
}

}  // namespace gradus::supervisor
