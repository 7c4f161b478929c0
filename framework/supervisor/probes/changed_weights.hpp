#pragma once

#include <functional>

#include "framework/supervisor/probes/probe.hpp"

namespace gradus::supervisor {

/// A copy in which `change` was applied to the bytes of every tensor.
std::shared_ptr<const Weights> changed_weights(const Weights& weights,
                                               const std::function<void(Tensor&)>& change);

}  // namespace gradus::supervisor
