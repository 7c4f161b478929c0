#include "framework/worker/session.hpp"

#include <poll.h>

namespace gradus::worker {

namespace {

Error closed() { return infrastructure_error("supervisor", "it closed the pipe during training"); }

/// The next frame, which must be of this type.
Result<Frame> expect(FrameChannel& channel, const std::string& type) {
  GRADUS_TRY(std::optional<Frame> frame, channel.receive());
  if (!frame) return closed();
  if (const Status known = check_message(*frame); !known.ok() || frame->type != type) {
    return infrastructure_error("supervisor",
                                "it sent '" + frame->type + "', wanted a whole '" + type + "'");
  }
  return std::move(*frame);
}

}  // namespace

Result<Weights> Session::receive_weights(const std::string& at, std::int64_t epoch) {
  GRADUS_TRY(const Frame begin, expect(channel_, "weights_begin"));
  GRADUS_TRY(Weights weights, gradus::receive_weights(channel_, begin));
  if (weights.at != at || weights.epoch != epoch) {
    return infrastructure_error("supervisor", "it sent the weights '" + weights.at + "', wanted '" +
                                                  at + "' of epoch " + std::to_string(epoch));
  }
  return weights;
}

Result<Verdict> Session::await_verdict(std::int64_t epoch) {
  GRADUS_TRY(const Frame frame, expect(channel_, "verdict"));
  if (frame.body.at("epoch") != epoch) {
    return infrastructure_error("supervisor",
                                "it judged another epoch than " + std::to_string(epoch));
  }
  return Verdict{frame.body.at("stop").get<bool>(), frame.body.value("rate", 1.0)};
}

Status Session::drain() {
  for (;;) {
    pollfd poll_fd{channel_.read_fd(), POLLIN, 0};
    if (::poll(&poll_fd, 1, 0) <= 0) return {};
    GRADUS_TRY(const auto frame, channel_.receive());
    if (!frame) return closed();
  }
}

}  // namespace gradus::worker
