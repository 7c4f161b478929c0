#include "framework/supervisor/probes/activation.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace gradus::supervisor {

Result<std::vector<float>> activated(const ProbeInputs& inputs, const std::vector<float>& x) {
  return inputs.examiner.apply({"activation", {static_cast<std::int64_t>(x.size())}, x});
}

Result<std::vector<float>> derivative(const ProbeInputs& inputs, const std::vector<float>& x) {
  return inputs.examiner.apply({"derivative", {static_cast<std::int64_t>(x.size())}, x});
}

std::vector<float> sample_points() {
  std::vector<float> points;
  for (int i = 0; i < 200; ++i) points.push_back(-9.97F + 0.1F * static_cast<float>(i));
  for (const float x : {0.01F, 0.05F, 15.3F, 29.9F}) {
    points.push_back(x);
    points.push_back(-x);
  }
  return points;
}

double distance(double a, double b) {
  if (!std::isfinite(a) || !std::isfinite(b)) return std::numeric_limits<double>::infinity();
  return std::abs(a - b) / std::max(1.0, std::abs(b));
}

}  // namespace gradus::supervisor
