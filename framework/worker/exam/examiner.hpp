#pragma once

#include "framework/core/result.hpp"
#include "framework/record/plan.hpp"
#include "framework/worker/network.hpp"
#include "framework/worker/session.hpp"

namespace gradus::worker {

/// Serves the supervisor's requests until "finish" (or the end of the stream): takes weights,
/// normalises the images that come, answers with logits. Never sees a label. An output that is no
/// float32 [N, K] tensor is answered with "bad_output"; an exception ends the examination.
/// `request_nonce` holds the nonce of the request being served, for whoever reports its failure.
Status examine(const RunPlan& plan, Network& network, Session& session, std::string& request_nonce);

}  // namespace gradus::worker
