#include "framework/supervisor/idle_time.hpp"

namespace gradus::supervisor {
namespace {

/// CPU time between two looks below which a worker counts as idle (timers of idle pool threads).
constexpr double kIdleShare = 0.02;

}  // namespace

double IdleTime::take(double step_ms, const Look& look) {
  const bool silent = look.awaited && look.exchanges == exchanges_;
  const bool computed = look.cpu_ms - cpu_ms_ > kIdleShare * step_ms;
  exchanges_ = look.exchanges;
  cpu_ms_ = look.cpu_ms;
  if (!silent || computed) return idle_ms_ = 0;
  if (!look.at_work()) idle_ms_ += step_ms;
  return idle_ms_;
}

}  // namespace gradus::supervisor
