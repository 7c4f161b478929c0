#pragma once

#include <cmath>

namespace gradus {

/// A sum of points without the dust of binary fractions: 0.7 + 0.1 + 0.1 is 0.9. Points count to a
/// millionth.
inline double add_points(double sum, double points) {
  return std::round((sum + points) * 1e6) / 1e6;
}

}  // namespace gradus
