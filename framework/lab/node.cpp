#include "framework/lab/node.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <exception>

#include <toml++/toml.h>

#include "framework/core/text.hpp"
#include "framework/lab/lab.hpp"
#include "framework/lab/nesting.hpp"

namespace gradus::lab {
namespace {

Origin origin_of(const toml::source_region& region, const std::string& source) {
  return {source, static_cast<int>(region.begin.line), static_cast<int>(region.begin.column)};
}

/// "2026-12-01T22:59:00Z" of a moment with an offset; parts of a second are dropped.
std::string utc(const toml::date_time& moment) {
  namespace c = std::chrono;
  const auto day = c::sys_days(c::year(moment.date.year) / moment.date.month / moment.date.day);
  const auto seconds = day + c::hours(moment.time.hour) + c::minutes(moment.time.minute) +
                       c::seconds(moment.time.second) -
                       c::minutes(moment.offset ? moment.offset->minutes : 0);
  const auto date = c::floor<c::days>(seconds);
  const c::year_month_day ymd(date);
  const c::hh_mm_ss<c::seconds> time(seconds - date);
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02dZ",
                static_cast<int>(ymd.year()), static_cast<unsigned>(ymd.month()),
                static_cast<unsigned>(ymd.day()), static_cast<int>(time.hours().count()),
                static_cast<int>(time.minutes().count()), static_cast<int>(time.seconds().count()));
  return text.data();
}

Node convert(const toml::node& from, const std::string& source) {
  Node node;
  node.at = origin_of(from.source(), source);
  if (const auto* table = from.as_table()) {
    for (const auto& [key, value] : *table) {
      node.entries.push_back(
          {std::string(key.str()), origin_of(key.source(), source), convert(value, source)});
    }
    // toml++ sorts by key; arms, columns and messages want the author's order.
    std::stable_sort(node.entries.begin(), node.entries.end(), [](const Entry& a, const Entry& b) {
      return std::pair(a.at.line, a.at.column) < std::pair(b.at.line, b.at.column);
    });
  } else if (const auto* list = from.as_array()) {
    node.kind = Node::Kind::list;
    for (const auto& item : *list) node.items.push_back(convert(item, source));
  } else if (const auto* text = from.as_string()) {
    node.kind = Node::Kind::text;
    node.text = text->get();
  } else if (const auto* integer = from.as_integer()) {
    node.kind = Node::Kind::integer;
    node.integer = integer->get();
  } else if (const auto* real = from.as_floating_point()) {
    node.kind = Node::Kind::number;
    node.number = real->get();
  } else if (const auto* boolean = from.as_boolean()) {
    node.kind = Node::Kind::boolean;
    node.boolean = boolean->get();
  } else {
    node.kind = Node::Kind::time;
    if (const auto* moment = from.as_date_time(); moment != nullptr && moment->get().offset)
      node.text = utc(moment->get());
  }
  return node;
}

void collect(const Node& table, const std::string& prefix, std::vector<Leaf>& leaves) {
  for (const Entry& entry : table.entries) {
    const std::string path = prefix.empty() ? entry.key : prefix + "." + entry.key;
    if (entry.value.is(Node::Kind::table)) {
      collect(entry.value, path, leaves);
    } else {
      leaves.push_back({path, entry.at, &entry.value});
    }
  }
}

}  // namespace

std::string Origin::text() const {
  if (line == 0) return source;
  return source + ":" + std::to_string(line) + ":" + std::to_string(column);
}

const Node* Node::find(std::string_view key) const {
  for (const Entry& entry : entries) {
    if (entry.key == key) return &entry.value;
  }
  return nullptr;
}

Node* Node::find(std::string_view key) {
  return const_cast<Node*>(static_cast<const Node*>(this)->find(key));
}

Result<Node> parse_document(std::string_view text, const std::string& file) {
  if (const auto deep = find_deep_key(text)) {
    return user_error(
        Origin{file, deep->line, deep->column}.text(),
        "found a key of more than " + std::to_string(kMostKeyParts) + " parts (a.b.c has three)",
        "No key of the language is so deep; look for a slip with dots.");
  }
  try {
    return convert(toml::parse(text, file), file);
  } catch (const toml::parse_error& error) {
    return user_error(origin_of(error.source(), file).text(),
                      "found text that is not TOML: " + printable(error.description()),
                      "Mend the syntax there; https://toml.io describes it.");
  } catch (const std::exception& error) {
    return user_error(file,
                      std::string("the file cannot be read as TOML: ") + printable(error.what()));
  }
}

Node parse_override_value(const std::string& text, const Origin& at) {
  Node node;
  try {
    const toml::table parsed = find_deep_key(text) ? toml::table() : toml::parse("value = " + text);
    // "1\nother = 2" must not smuggle in a second key.
    if (parsed.size() == 1 && parsed.contains("value")) {
      node = convert(*parsed.get("value"), at.source);
    } else {
      node.kind = Node::Kind::text;
      node.text = text;
    }
  } catch (const std::exception&) {
    node.kind = Node::Kind::text;  // a bare word: --set recipe.optimizer.name=sgd
    node.text = text;
  }
  const auto relocate = [&at](auto&& self, Node& part) -> void {
    part.at = at;
    for (Node& item : part.items) self(self, item);
    for (Entry& entry : part.entries) {
      entry.at = at;
      self(self, entry.value);
    }
  };
  relocate(relocate, node);
  return node;
}

namespace {

/// "numbers": what the items of a list are, in one word or two; there is at least one.
std::string noun_of(const std::vector<Node>& items) {
  const auto plain = [](Node::Kind kind) {
    return kind == Node::Kind::integer ? Node::Kind::number : kind;
  };
  const Node::Kind first = plain(items.front().kind);
  const bool alike = std::all_of(items.begin(), items.end(),
                                 [&](const Node& item) { return plain(item.kind) == first; });
  if (!alike) return "mixed values";
  const std::string plural = items.size() == 1 ? "" : "s";
  switch (first) {
    case Node::Kind::boolean:
      return items.size() == 1 ? "truth value" : "truth values";
    case Node::Kind::number:
      return "number" + plural;
    case Node::Kind::text:
      return "text" + plural;
    case Node::Kind::list:
      return "list" + plural;
    case Node::Kind::table:
      return "table" + plural;
    default:
      return "time" + plural;
  }
}

}  // namespace

std::string describe(const Node& node) {
  switch (node.kind) {
    case Node::Kind::boolean:
      return node.boolean ? "true" : "false";
    case Node::Kind::integer:
      return "the integer " + std::to_string(node.integer);
    case Node::Kind::number:
      return "the number " + number(node.number);
    case Node::Kind::text:
      return "the text \"" + printable(node.text, false, 60) + "\"";
    case Node::Kind::list:
      return node.items.empty()
                 ? "an empty list"
                 : "a list of " + std::to_string(node.items.size()) + " " + noun_of(node.items);
    case Node::Kind::table:
      return node.entries.empty() ? "an empty table" : "a table";
    case Node::Kind::time:
      break;
  }
  return node.text.empty() ? "a date or time without an offset" : "the time " + node.text;
}

Json to_json(const Node& node) {
  switch (node.kind) {
    case Node::Kind::boolean:
      return node.boolean;
    case Node::Kind::integer:
      return node.integer;
    case Node::Kind::number:
      return node.number;
    case Node::Kind::text:
      return node.text;
    case Node::Kind::list: {
      Json list = Json::array();
      for (const Node& item : node.items) list.push_back(to_json(item));
      return list;
    }
    case Node::Kind::table: {
      Json object = Json::object();
      for (const Entry& entry : node.entries) object[entry.key] = to_json(entry.value);
      return object;
    }
    case Node::Kind::time:
      return node.text;
  }
  return nullptr;
}

std::optional<std::string> utc_time(const std::string& text) {
  const Node node = parse_override_value(text, {"", 0, 0});
  if (!node.is(Node::Kind::time) || node.text.empty()) return std::nullopt;
  return node.text;
}

std::vector<Leaf> flatten(const Node& table) {
  std::vector<Leaf> leaves;
  collect(table, "", leaves);
  return leaves;
}

namespace {

/// The deepest node on the path, and what is left of the path below it.
std::pair<const Node*, std::string> walk(const Node& node, const std::string& path) {
  const Node* at = &node;
  std::string rest = path;
  while (!rest.empty()) {
    const Node* next = nullptr;
    std::size_t used = rest.size();
    for (;;) {
      next = at->find(rest.substr(0, used));
      if (next != nullptr) break;
      used = rest.rfind('.', used - 1);
      if (used == std::string::npos || used == 0) break;
    }
    if (next == nullptr) break;
    at = next;
    rest = used < rest.size() ? rest.substr(used + 1) : "";
  }
  return {at, rest};
}

}  // namespace

const Node* at_path(const Node& node, const std::string& path) {
  const auto [at, rest] = walk(node, path);
  return rest.empty() ? at : nullptr;
}

const Origin& place_of(const Node& node, const std::string& path) {
  return walk(node, path).first->at;
}

}  // namespace gradus::lab
