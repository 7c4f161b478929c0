#include "framework/lab/table.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace gradus::lab {
namespace {

using enum ValueType;
using Kind = Node::Kind;

bool numeric(const Node& node) { return node.is(Kind::integer) || node.is(Kind::number); }
double value_of(const Node& node) {
  return node.is(Kind::integer) ? static_cast<double>(node.integer) : node.number;
}

bool in_range(double value, const KeySpec& spec) {
  return std::isfinite(value) && !(spec.min && value < *spec.min) &&
         !(spec.max && value > *spec.max) && !(spec.above && value <= *spec.above);
}

bool is_identifier(const std::string& text) {
  if (text.empty() || text.size() > 64 || text.front() < 'a' || text.front() > 'z') return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

bool is_plugin(const Node& node) {
  if (node.is(Kind::table)) {
    const Node* use = node.find("use");
    const Node* options = node.find("options");
    if (use == nullptr || !use->is(Kind::text) || !is_plugin(*use)) return false;
    if (options == nullptr) return node.entries.size() == 1;
    return node.entries.size() == 2 && options->is(Kind::table) &&
           std::all_of(options->entries.begin(), options->entries.end(), [](const Entry& entry) {
             const Kind kind = entry.value.kind;
             return kind == Kind::boolean || kind == Kind::integer || kind == Kind::text ||
                    (kind == Kind::number && std::isfinite(entry.value.number));
           });
  }
  if (!node.is(Kind::text)) return false;
  if (node.text == "submission") return true;
  for (const std::string prefix : {"submission:", "reference:"}) {
    if (node.text.starts_with(prefix)) return is_identifier(node.text.substr(prefix.size()));
  }
  return false;
}

bool all_items(const Node& node, auto&& good) {
  return node.is(Kind::list) && std::all_of(node.items.begin(), node.items.end(), good);
}

bool is_text(const Node& node) { return node.is(Kind::text); }
bool is_table(const Node& node) { return node.is(Kind::table); }
bool is_fraction(const Node& node) {
  return numeric(node) && value_of(node) >= 0 && value_of(node) <= 1;  // NaN fails both
}

}  // namespace

bool fits(const Node& value, const KeySpec& spec) {
  switch (spec.type) {
    case boolean:
      return value.is(Kind::boolean);
    case integer:
      return value.is(Kind::integer) && in_range(static_cast<double>(value.integer), spec);
    case ValueType::number:
      return numeric(value) && in_range(value_of(value), spec);
    case text:
      return is_text(value) &&
             (spec.choices.empty() || std::find(spec.choices.begin(), spec.choices.end(),
                                                value.text) != spec.choices.end());
    case list:
      return value.is(Kind::list);
    case table:
      return is_table(value);
    case fraction:
      return is_fraction(value);
    case difference:
      return numeric(value) && value_of(value) >= -1 && value_of(value) <= 1;
    case interval:
      return all_items(value, is_fraction) && value.items.size() == 2 &&
             value_of(value.items[0]) <= value_of(value.items[1]);
    case identifier:
      return is_text(value) && is_identifier(value.text);
    case texts:
    case probes:
      return is_text(value) || (all_items(value, is_text) && !value.items.empty());
    case numbers:
      return all_items(value,
                       [&](const Node& item) {
                         return numeric(item) && in_range(value_of(item), spec);
                       }) &&
             !value.items.empty();
    case plugin:
      return is_plugin(value);
    case arm:
      return is_table(value) && !value.entries.empty();
    case arms:
      return all_items(value, is_table) && !value.items.empty();
    case varied:
    case other_task:
      return is_text(value);
    case ValueType::time:
      return value.is(Kind::time) && !value.text.empty();
  }
  return false;
}

bool check_value(const Node& value, const KeySpec& spec, const std::string& subject,
                 Problems& problems) {
  if (fits(value, spec)) return true;
  std::string what = subject + ": found " + describe(value) + ", wanted " + wanted(spec);
  if (is_text(value)) what += did_you_mean(value.text, spec.choices);
  problems.add(value.at, what);
  return false;
}

Table::Table(const Node* node, std::string path, const std::vector<KeySpec>& keys,
             Problems& problems, bool others_allowed)
    : keys_(&keys), path_(std::move(path)) {
  if (node == nullptr) return;
  at_ = node->at;
  if (!node->is(Kind::table)) return;  // its owner has said so
  const std::string inside = path_.empty() ? "at the top of the file" : "in [" + path_ + "]";
  for (const Entry& entry : node->entries) {
    const auto found = std::find_if(keys.begin(), keys.end(),
                                    [&](const KeySpec& key) { return key.name == entry.key; });
    if (found == keys.end()) {
      if (others_allowed) continue;
      const std::vector<std::string> names = key_names(keys);
      problems.add(entry.at, "found the unknown key '" + entry.key + "' " + inside +
                                 ", wanted one of " + enumerate(names) +
                                 did_you_mean(entry.key, names));
      continue;
    }
    const std::string subject = path_.empty() ? entry.key : path_ + "." + entry.key;
    if (check_value(entry.value, *found, subject, problems))
      valid_.emplace_back(entry.key, &entry.value);
  }
  for (const KeySpec& key : keys) {
    if (key.required && node->find(key.name) == nullptr) {
      problems.add(at_, "found no '" + key.name + "' " + inside + ", wanted " + wanted(key) +
                            (key.help.empty() ? "" : ": " + key.help));
    }
  }
}

const Node* Table::get(const std::string& name) const {
  for (const auto& [key, value] : valid_) {
    if (key == name) return value;
  }
  return nullptr;
}

const Origin& Table::at(const std::string& name) const {
  const Node* value = get(name);
  return value != nullptr ? value->at : at_;
}

const KeySpec& Table::spec(const std::string& name) const {
  const auto found = std::find_if(keys_->begin(), keys_->end(),
                                  [&](const KeySpec& key) { return key.name == name; });
  assert(found != keys_->end());
  return *found;
}

std::int64_t Table::integer(const std::string& name) const {
  if (const Node* value = get(name)) return value->integer;
  const Json& fallback = spec(name).fallback;
  return fallback.is_null() ? 0 : fallback.get<std::int64_t>();
}

double Table::number(const std::string& name) const {
  if (const Node* value = get(name)) return value_of(*value);
  const Json& fallback = spec(name).fallback;
  return fallback.is_null() ? 0.0 : fallback.get<double>();
}

bool Table::boolean(const std::string& name) const {
  if (const Node* value = get(name)) return value->boolean;
  const Json& fallback = spec(name).fallback;
  return !fallback.is_null() && fallback.get<bool>();
}

std::string Table::text(const std::string& name) const {
  if (const Node* value = get(name)) return value->text;
  const Json& fallback = spec(name).fallback;
  return fallback.is_null() ? "" : fallback.get<std::string>();
}

std::vector<std::string> Table::texts(const std::string& name) const {
  std::vector<std::string> all;
  if (const Node* value = get(name)) {
    if (value->is(Kind::text)) return {value->text};
    for (const Node& item : value->items) all.push_back(item.text);
  }
  return all;
}

std::vector<double> Table::numbers(const std::string& name) const {
  std::vector<double> all;
  if (const Node* value = get(name)) {
    for (const Node& item : value->items) all.push_back(value_of(item));
  }
  return all;
}

Json json_of(const Node& value, const KeySpec& spec) {
  switch (spec.type) {
    case ValueType::number:
    case fraction:
    case difference:
      return value_of(value);
    case interval:
    case numbers: {
      Json all = Json::array();
      for (const Node& item : value.items) all.push_back(value_of(item));
      return all;
    }
    default:
      return to_json(value);
  }
}

}  // namespace gradus::lab
