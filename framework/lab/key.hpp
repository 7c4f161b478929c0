#pragma once

#include <string>
#include <utility>
#include <vector>

#include "framework/lab/lab.hpp"

namespace gradus::lab {

/// Beyond what any machine has, and small enough that bytes and milliseconds can be counted.
inline constexpr double kMostMib = 1 << 24, kMostSeconds = 1e8;

/// Writes a KeySpec in one line: Key(ValueType::integer, "epochs",
/// "passes").at_least(1).or_else(1).
class Key {
 public:
  Key(ValueType type, std::string name, std::string help) {
    spec_.type = type;
    spec_.name = std::move(name);
    spec_.help = std::move(help);
  }
  Key& required() {
    spec_.required = true;
    return *this;
  }
  Key& at_least(double min) {
    spec_.min = min;
    return *this;
  }
  Key& at_most(double max) {
    spec_.max = max;
    return *this;
  }
  Key& between(double min, double max) { return at_least(min).at_most(max); }
  Key& more_than(double above) {
    spec_.above = above;
    return *this;
  }
  Key& one_of(std::vector<std::string> choices) {
    spec_.choices = std::move(choices);
    return *this;
  }
  /// The value where the key is absent.
  Key& or_else(Json value) {
    spec_.fallback = std::move(value);
    return *this;
  }
  operator KeySpec() const { return spec_; }  // NOLINT: implicit, so that tables read well

 private:
  KeySpec spec_;
};

}  // namespace gradus::lab
