#include "framework/supervisor/histograms.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "framework/record/evidence.hpp"

namespace gradus::supervisor {
namespace {

constexpr std::size_t kBins = 64;
constexpr std::size_t kMostTensors = 4096;
constexpr double kNearZero = 0.001;

Json histogram(const std::string& name, const std::vector<float>& values, double largest) {
  // All zero: any width does, and the middle holds them.
  const double edge = largest > 0 ? largest : 1;
  std::vector<std::int64_t> counts(kBins, 0);
  std::int64_t near = 0;
  for (const float value : values) {
    const double place = (static_cast<double>(value) + edge) / (2 * edge) * kBins;
    ++counts[std::min(static_cast<std::size_t>(place), kBins - 1)];
    if (std::abs(static_cast<double>(value)) < kNearZero) ++near;
  }
  return {{"name", name},
          {"low", -edge},
          {"high", edge},
          {"counts", counts},
          {"near_zero", static_cast<double>(near) / static_cast<double>(values.size())}};
}

}  // namespace

Json weight_histograms(const Weights& weights) {
  Json tensors = Json::array();
  for (const Tensor& tensor : weights.tensors) {
    const bool weight =
        tensor.kind == "parameter" && tensor.dtype == "float32" && tensor.shape.size() >= 2;
    if (!weight || tensor.bytes.empty() || tensors.size() == kMostTensors) continue;
    std::vector<float> values(tensor.bytes.size() / sizeof(float));
    std::memcpy(values.data(), tensor.bytes.data(), values.size() * sizeof(float));
    double largest = 0;
    bool finite = true;
    for (const float value : values) {
      finite = finite && std::isfinite(value);
      largest = std::max(largest, std::abs(static_cast<double>(value)));
    }
    if (finite) tensors.push_back(histogram(tensor.name, values, largest));
  }
  return {{"schema", kHistogramsSchema}, {"tensors", tensors}};
}

}  // namespace gradus::supervisor
