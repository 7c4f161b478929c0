#pragma once

#include <gradus/activation.hpp>
#include <gradus/augmentation.hpp>
#include <memory>

#include "framework/worker/network.hpp"
#include "framework/worker/session.hpp"

namespace gradus::worker {

/// A request of the supervisor's that makes no sense: our own fault, never the submission's.
inline Error bad_request(const std::string& what) {
  return infrastructure_error("examiner", "the supervisor's request is wrong: " + what);
}

/// Answers "apply": the plan's activation or augmentation on a tensor of the supervisor's. Each is
/// opened at its first request and kept.
class Applier {
 public:
  Applier(const RunPlan& plan, Network& network, Session& session)
      : plan_(plan), network_(network), session_(session) {}

  /// Sends "applied", or "bad_output" where what comes out is no dense float32 tensor.
  Status apply(const Frame& request);

 private:
  Result<torch::Tensor> activation(const torch::Tensor& x, bool derivative);
  Result<torch::Tensor> augmentation(const torch::Tensor& images, const Json& body);

  const RunPlan& plan_;
  Network& network_;
  Session& session_;
  std::shared_ptr<Activation> activation_;
  std::shared_ptr<Augmentation> augmentation_;
};

}  // namespace gradus::worker
