#pragma once

#include <cstdint>
#include <functional>

namespace gradus::supervisor {

/// What a look at a worker sees.
struct Look {
  bool awaited = false;           ///< somebody waits for it to say or take something
  std::uint64_t exchanges = 0;    ///< frames so far
  double cpu_ms = 0;              ///< CPU time so far
  std::function<bool()> at_work;  ///< a thread has work; asked only where the rest says idle
};

/// How long a worker has been idle, look by look: awaited, silent and without CPU time, although
/// nothing keeps it from computing. One that wants a core or the disk and does not get it is not
/// idle: its time stands still. That it is not taken for busy either keeps a thread that wakes up
/// now and then (a timer of a pool) from hiding that the rest sleeps.
class IdleTime {
 public:
  /// Takes what was seen `step_ms` after the last look; the idle time so far, in ms.
  double take(double step_ms, const Look& look);

 private:
  std::uint64_t exchanges_ = 0;
  double cpu_ms_ = 0, idle_ms_ = 0;
};

}  // namespace gradus::supervisor
