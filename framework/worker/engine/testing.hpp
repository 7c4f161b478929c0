#pragma once

#include <torch/types.h>

// Images for the engine's tests.

namespace gradus::worker::engine::testing {

/// Normal numbers [N, C, H, W], channels-last, always the same.
inline torch::Tensor images(at::IntArrayRef sizes, std::int64_t seed = 1,
                            torch::ScalarType type = torch::kFloat32) {
  torch::manual_seed(static_cast<std::uint64_t>(seed));
  return torch::randn(sizes, torch::kFloat64).to(type).contiguous(at::MemoryFormat::ChannelsLast);
}

/// The largest difference, relative to the largest magnitude of what is wanted.
inline double difference(const torch::Tensor& found, const torch::Tensor& wanted) {
  const torch::Tensor f = found.to(torch::kFloat64), w = wanted.to(torch::kFloat64);
  return ((f - w).abs().max() / w.abs().max().clamp_min(1e-30)).item<double>();
}

}  // namespace gradus::worker::engine::testing
