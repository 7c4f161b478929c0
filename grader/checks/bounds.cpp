#include "grader/checks/bounds.hpp"

#include <algorithm>
#include <cmath>

#include "framework/core/text.hpp"
#include "framework/lab/key.hpp"

namespace gradus::grader {
namespace {

/// Hundredths of a per cent, so that 0.1 + 0.2 prints as 30.
std::string hundredth(double fraction) { return number(std::round(fraction * 10'000) / 100); }

}  // namespace

std::string short_percent(double fraction) { return hundredth(fraction) + " %"; }
std::string short_points(double difference) { return hundredth(difference) + " points"; }

std::string Bounds::text(bool points) const {
  const auto show = [points](double value) {
    return points ? short_points(value) : short_percent(value);
  };
  if (low && high) return "from " + show(*low) + " to " + show(*high);
  if (low) return "at least " + show(*low);
  if (high) return "at most " + show(*high);
  return "any";
}

Bounds bounds_of(const Json& options) {
  Bounds bounds;
  if (options.contains("between")) {
    bounds.low = options.at("between").at(0).get<double>();
    bounds.high = options.at("between").at(1).get<double>();
  }
  // Beside `between` the narrower bound counts.
  if (options.contains("at_least"))
    bounds.low = std::max(bounds.low.value_or(-1e300), options.at("at_least").get<double>());
  if (options.contains("at_most"))
    bounds.high = std::min(bounds.high.value_or(1e300), options.at("at_most").get<double>());
  return bounds;
}

std::vector<lab::KeySpec> bound_keys(lab::ValueType type) {
  using lab::Key;
  std::vector<lab::KeySpec> keys = {
      Key(type, "at_least", "smallest value that passes"),
      Key(type, "at_most", "largest value that passes; a diverged run passes too")};
  if (type == lab::ValueType::fraction) {
    keys.push_back(
        Key(lab::ValueType::interval, "between", "smallest and largest value that pass"));
  }
  return keys;
}

}  // namespace gradus::grader
