#pragma once

#include "framework/supervisor/probes/probe.hpp"

namespace gradus::supervisor {

/// Training images of a request as floats in [0, 1], [N, C, H, W], with their indices.
Application image_batch(const ProbeInputs& inputs, const std::vector<std::int64_t>& indices);
/// The first `count` images of the training split.
Application first_images(const ProbeInputs& inputs, std::int64_t count);
/// The number-th seed that a probe makes up, 62 bits.
std::uint64_t made_up_seed(const ProbeInputs& inputs, std::uint64_t number);
/// Largest difference of two pixels; infinity where something is not finite.
double largest_difference(const std::vector<float>& a, const std::vector<float>& b);

}  // namespace gradus::supervisor
