#pragma once

#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

namespace gradus {

/// What a lab passes to a plugin: flat, typed key/values, e.g. { dropout = 0.5, width = 64 }.
class Options {
 public:
  using Value = std::variant<bool, std::int64_t, double, std::string>;

  Options() = default;
  explicit Options(std::map<std::string, Value> values) : values_(std::move(values)) {}

  bool contains(const std::string& key) const { return values_.count(key) != 0; }
  void set(const std::string& key, Value value) { values_[key] = std::move(value); }
  const std::map<std::string, Value>& all() const { return values_; }

  /// The option as a T (bool, an integer, a floating-point type or std::string), or `fallback`
  /// where the lab does not set it. A whole number is accepted where a T is floating-point.
  /// Throws std::invalid_argument, which fails the plugin's construction with this text, where the
  /// lab gave another type.
  template <class T>
  T get(const std::string& key, T fallback) const {
    const auto found = values_.find(key);
    if (found == values_.end()) return fallback;
    const Value& value = found->second;
    if constexpr (std::is_same_v<T, bool>) {
      if (const auto* flag = std::get_if<bool>(&value)) return *flag;
    } else if constexpr (std::is_integral_v<T>) {
      if (const auto* whole = std::get_if<std::int64_t>(&value)) {
        if (!std::in_range<T>(*whole)) {
          throw std::invalid_argument("option '" + key + "' is " + std::to_string(*whole) +
                                      ", which is out of the range that the plugin accepts");
        }
        return static_cast<T>(*whole);
      }
    } else if constexpr (std::is_floating_point_v<T>) {
      if (const auto* real = std::get_if<double>(&value)) return static_cast<T>(*real);
      if (const auto* whole = std::get_if<std::int64_t>(&value)) return static_cast<T>(*whole);
    } else {
      static_assert(std::is_same_v<T, std::string>,
                    "an option is a bool, an integer, a floating-point number or a std::string");
      if (const auto* text = std::get_if<std::string>(&value)) return *text;
    }
    throw std::invalid_argument("option '" + key + "' is " + kTypeNames[value.index()] +
                                ", wanted " + wanted<T>());
  }
  /// get("mode", "same"): a literal means std::string.
  std::string get(const std::string& key, const char* fallback) const {
    return get<std::string>(key, fallback);
  }

 private:
  static constexpr const char* kTypeNames[] = {"true or false", "a whole number", "a number",
                                               "text"};

  template <class T>
  static constexpr const char* wanted() {
    if constexpr (std::is_same_v<T, bool>) return kTypeNames[0];
    if constexpr (std::is_integral_v<T>) return kTypeNames[1];
    if constexpr (std::is_floating_point_v<T>) return kTypeNames[2];
    return kTypeNames[3];
  }

  std::map<std::string, Value> values_;
};

}  // namespace gradus
