#include "framework/cli/interrupt.hpp"

#include <atomic>
#include <csignal>

namespace gradus::cli {
namespace {

std::atomic<bool> asked_to_stop = false;
void on_interrupt(int) { asked_to_stop = true; }

}  // namespace

bool interrupted() { return asked_to_stop; }

InterruptGuard::InterruptGuard() {
  asked_to_stop = false;
  old_int_ = std::signal(SIGINT, on_interrupt);
  old_term_ = std::signal(SIGTERM, on_interrupt);
}

InterruptGuard::~InterruptGuard() {
  std::signal(SIGINT, old_int_);
  std::signal(SIGTERM, old_term_);
}

}  // namespace gradus::cli
