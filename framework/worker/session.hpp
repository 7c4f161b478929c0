#pragma once

#include <cstdint>
#include <string>

#include "framework/core/result.hpp"
#include "framework/record/frame.hpp"
#include "framework/record/messages.hpp"
#include "framework/record/plan.hpp"

namespace gradus::worker {

/// The supervisor's word after an epoch.
struct Verdict {
  bool stop = false;  ///< train no longer
  double rate = 1;    ///< factor of the learning rate (schedule plateau)
};

/// One worker's talk with its supervisor: the channel, the run's nonce, the sequence number of
/// claims. Errors of sending mean that the supervisor is gone: the worker then just leaves.
class Session {
 public:
  Session(FrameChannel& channel, std::string nonce) : channel_(channel), nonce_(std::move(nonce)) {}

  FrameChannel& channel() { return channel_; }
  const std::string& nonce() const { return nonce_; }

  /// A frame with the run's nonce.
  Status send(const std::string& type, const Json& body = Json::object()) {
    return channel_.send(type, nonce_, body);
  }
  /// The same with the next sequence number (progress, epoch_end, diverged).
  Status claim(const std::string& type, Json body) {
    body["seq"] = seq_++;
    return channel_.send(type, nonce_, body);
  }
  Status send_weights(const Weights& weights) {
    return gradus::send_weights(channel_, nonce_, weights, seq_++);
  }
  /// Weights that the supervisor sends on its own account. Error: something else comes.
  Result<Weights> receive_weights(const std::string& at, std::int64_t epoch);
  /// Waits for what the supervisor decides after an epoch.
  Result<Verdict> await_verdict(std::int64_t epoch);
  /// Takes what has arrived (verdicts that the recipe has no use for) without waiting.
  /// Error: the supervisor closed its end.
  Status drain();

 private:
  FrameChannel& channel_;
  std::string nonce_;
  std::int64_t seq_ = 0;
};

}  // namespace gradus::worker
