#include "framework/worker/session.hpp"

#include <poll.h>

namespace gradus::worker {

Status Session::drain() {
  for (;;) {
    pollfd poll_fd{channel_.read_fd(), POLLIN, 0};
    if (::poll(&poll_fd, 1, 0) <= 0) return {};
    GRADUS_TRY(const auto frame, channel_.receive());
    if (!frame) return infrastructure_error("supervisor", "it closed the pipe during training");
  }
}

}  // namespace gradus::worker
