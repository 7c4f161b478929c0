#pragma once

#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <type_traits>
#include <vector>

#include "framework/core/result.hpp"
#include "framework/record/plan.hpp"

namespace gradus {

/// Reads a JSON object key by key and remembers the first problem: a missing key, a wrong type, a
/// number out of range, and (in finish()) keys that nobody asked for. Never throws.
class ObjectReader {
 public:
  /// `where` names the object in messages, e.g. "run.json: epochs[3]".
  ObjectReader(const Json& json, std::string where) : json_(json), where_(std::move(where)) {
    if (!json.is_object()) fail("is not an object");
  }

  template <class T>
  ObjectReader& required(const char* key, T& target) {
    if (const Json* value = find(key)) {
      read(*value, target, key);
    } else if (!error_) {
      fail(std::string("lacks the key '") + key + "'");
    }
    return *this;
  }
  /// Absent or null leaves `target` as it is.
  template <class T>
  ObjectReader& optional(const char* key, T& target) {
    const Json* value = find(key);
    if (value != nullptr && !value->is_null()) read(*value, target, key);
    return *this;
  }
  template <class T>
  ObjectReader& optional(const char* key, std::optional<T>& target) {
    const Json* value = find(key);
    if (value != nullptr && !value->is_null()) read(*value, target.emplace(), key);
    return *this;
  }
  /// An array of objects, each read by `one`: Result<T>(const Json&).
  template <class T, class Read>
  ObjectReader& list(const char* key, std::vector<T>& target, const Read& one) {
    const Json* value = find(key);
    if (value == nullptr || !value->is_array()) {
      fail(std::string("wants a list at '") + key + "'");
      return *this;
    }
    for (const Json& item : *value) {
      Result<T> result = one(item);
      if (!result.ok()) {
        if (!error_) error_ = result.error();
        return *this;
      }
      target.push_back(std::move(*result));
    }
    return *this;
  }
  /// A nested object, read by `one`; absent or null leaves it empty.
  template <class T, class Read>
  ObjectReader& object(const char* key, std::optional<T>& target, const Read& one) {
    const Json* value = find(key);
    if (value == nullptr || value->is_null()) return *this;
    Result<T> result = one(*value);
    if (result.ok()) {
      target = std::move(*result);
    } else if (!error_) {
      error_ = result.error();
    }
    return *this;
  }

  void fail(const std::string& what) {
    if (!error_) error_ = infrastructure_error(where_, what);
  }
  /// The first problem, or an unknown key.
  Status finish() {
    if (!error_ && json_.is_object()) {
      for (const auto& [key, value] : json_.items()) {
        if (!seen_.contains(key)) fail("has the unknown key '" + key + "'");
      }
    }
    if (error_) return *error_;
    return {};
  }

 private:
  const Json* find(const char* key) {
    seen_.insert(key);
    if (error_ || !json_.is_object()) return nullptr;
    const auto at = json_.find(key);
    return at == json_.end() ? nullptr : &*at;
  }
  void wrong(const std::string& key, const char* wanted, const Json& found) {
    fail("wants " + std::string(wanted) + " at '" + key + "', found " + found.type_name());
  }
  void read(const Json& value, Json& target, const std::string&) { target = value; }
  void read(const Json& value, std::string& target, const std::string& key) {
    if (value.is_string())
      target = value.get<std::string>();
    else
      wrong(key, "text", value);
  }
  void read(const Json& value, bool& target, const std::string& key) {
    if (value.is_boolean())
      target = value.get<bool>();
    else
      wrong(key, "true or false", value);
  }
  void read(const Json& value, double& target, const std::string& key) {
    if (value.is_number())
      target = value.get<double>();
    else
      wrong(key, "a number", value);
  }
  template <class T>
    requires(std::is_integral_v<T> && !std::is_same_v<T, bool>)
  void read(const Json& value, T& target, const std::string& key) {
    if (!value.is_number_integer()) return wrong(key, "an integer", value);
    if constexpr (std::is_unsigned_v<T>) {
      if (!value.is_number_unsigned()) return wrong(key, "an integer of at least 0", value);
      target = static_cast<T>(value.get<std::uint64_t>());
    } else {
      if (value.is_number_unsigned() &&
          value.get<std::uint64_t>() >
              static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
        return wrong(key, "a 64-bit integer", value);
      }
      target = static_cast<T>(value.get<std::int64_t>());
    }
  }
  template <class T>
  void read(const Json& value, std::vector<T>& target, const std::string& key) {
    if (!value.is_array()) return wrong(key, "a list", value);
    for (const Json& item : value) {
      T one{};
      read(item, one, key);
      target.push_back(std::move(one));
    }
  }
  template <class T>
  void read(const Json& value, std::map<std::string, T>& target, const std::string& key) {
    if (!value.is_object()) return wrong(key, "an object", value);
    for (const auto& [name, item] : value.items()) read(item, target[name], key + "." + name);
  }

  const Json& json_;
  std::string where_;
  std::set<std::string> seen_;
  std::optional<Error> error_;
};

/// null for an absent value.
template <class T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

}  // namespace gradus
