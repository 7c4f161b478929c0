#pragma once

namespace gradus::cli {

/// Whether Ctrl-C (or SIGTERM) has come since the newest InterruptGuard was made.
bool interrupted();

/// While it lives, Ctrl-C and SIGTERM ask the work to stop and tidy up instead of ending us at
/// once.
class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

 private:
  void (*old_int_)(int);
  void (*old_term_)(int);
};

}  // namespace gradus::cli
