// Values of [input], by key: from the lab's table, from a task's own, from an arm.

#include <functional>

#include "framework/lab/parts.hpp"
#include "framework/lab/schema.hpp"

namespace gradus::lab {
namespace {

using InputSetter = std::function<void(InputSpec&, const Json&)>;

template <class T>
InputSetter input_field(T InputSpec::*field) {
  return [field](InputSpec& input, const Json& value) { input.*field = value.get<T>(); };
}

const std::map<std::string, InputSetter>& input_setters() {
  static const std::map<std::string, InputSetter> table = {
      {"crop", input_field(&InputSpec::crop)},
      {"pad", input_field(&InputSpec::pad)},
      {"flip", input_field(&InputSpec::flip)},
      {"flip_by", input_field(&InputSpec::flip_by)},
      {"resize", input_field(&InputSpec::resize)},
      {"resize_until", input_field(&InputSpec::resize_until)},
      {"resize_else", input_field(&InputSpec::resize_else)},
  };
  return table;
}

}  // namespace

bool set_input_value(InputSpec& input, const std::string& key, const Json& value) {
  if (!key.starts_with("input.")) return false;
  const auto setter = input_setters().find(key.substr(6));
  if (setter == input_setters().end()) return false;
  setter->second(input, value);
  return true;
}

void read_input(const Node* node, const std::string& path, InputSpec& input, Problems& problems) {
  const std::vector<KeySpec>& keys = table_spec("input").keys;
  const Table table(node, path, keys, problems);
  for (const KeySpec& key : keys) {
    if (const Node* value = table.get(key.name))
      set_input_value(input, "input." + key.name, json_of(*value, key));
  }
  // Where one of the two is wrong, and reported, their numbers say nothing of each other.
  for (const char* key : {"resize", "resize_until"}) {
    if (node == nullptr || node->find(key) == nullptr || table.has(key)) continue;
    input.resize.clear();
    input.resize_until.clear();
  }
}

}  // namespace gradus::lab
