#pragma once

#include <optional>
#include <string>
#include <vector>

#include "framework/lab/lab.hpp"

namespace gradus::grader {

/// at_least, at_most, between of an options object.
struct Bounds {
  std::optional<double> low, high;
  // A mean of 0.6 and 0.7 is 0.65 to a reader: the last bits of a sum decide nothing.
  static constexpr double kNoise = 1e-9;
  bool below(double value) const { return low && value < *low - kNoise; }
  bool above(double value) const { return high && value > *high + kNoise; }
  bool hold(double value) const { return !below(value) && !above(value); }
  /// "at least 63 %", "at most 15 %", "from 60 % to 70 %"; `points`: "15 points" for differences.
  std::string text(bool points = false) const;
};
Bounds bounds_of(const Json& options);

/// The keys at_least, at_most and between for a check's table.
std::vector<lab::KeySpec> bound_keys(lab::ValueType type);

/// "63 %" or "65.84 %": no more digits than the number has, two at most.
std::string short_percent(double fraction);
/// "15 points" (of percentage).
std::string short_points(double difference);

}  // namespace gradus::grader
