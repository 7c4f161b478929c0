#pragma once

#include "framework/record/messages.hpp"
#include "framework/record/plan.hpp"

namespace gradus::supervisor {

/// How the weights are spread: {"schema": "gradus.histograms/1", "tensors": [{"name", "low",
/// "high", "counts", "near_zero"}]}, one entry for each float32 parameter of two or more
/// dimensions, in the order of hand-over. 64 equal bins over [-m, m], m the largest |w|; near_zero:
/// share of |w| < 0.001, as a fraction. Tensors with a value that is NaN or infinite are left out.
Json weight_histograms(const Weights& weights);

}  // namespace gradus::supervisor
