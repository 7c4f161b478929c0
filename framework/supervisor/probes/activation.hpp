#pragma once

#include "framework/supervisor/probes/probe.hpp"

namespace gradus::supervisor {

/// Asks the examiner for the plan's activation of a vector.
Result<std::vector<float>> activated(const ProbeInputs& inputs, const std::vector<float>& x);
/// Its gradient there, by autograd.
Result<std::vector<float>> derivative(const ProbeInputs& inputs, const std::vector<float>& x);

/// Where activations are looked at: evenly over [-10, 10] and not on a kink of a known function,
/// some around zero, some far out.
std::vector<float> sample_points();

/// |a − b| relative to the larger of 1 and |b|; infinity where one is not finite.
double distance(double a, double b);

}  // namespace gradus::supervisor
