#include "framework/cli/recipe_line.hpp"

#include <vector>

#include "framework/core/text.hpp"

namespace gradus::cli {
namespace {

/// As a person writes it: 24 where JSON has 24.0.
std::string value_text(const Json& value) {
  if (value.is_array()) {
    std::vector<std::string> parts;
    for (const Json& item : value) parts.push_back(value_text(item));
    return "[" + join(parts, ", ") + "]";
  }
  std::string text = value.dump(-1, ' ', false, Json::error_handler_t::replace);
  if (value.is_number_float() && text.ends_with(".0")) text.resize(text.size() - 2);
  return text;
}

}  // namespace

std::string recipe_line(const Json& values) {
  std::vector<std::string> parts;
  for (const auto& [key, value] : values.items())
    parts.push_back(printable(key + " " + value_text(value), false, 200));
  return parts.empty() ? "nothing of its own" : join(parts, ", ");
}

}  // namespace gradus::cli
