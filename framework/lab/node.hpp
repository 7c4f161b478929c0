#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "framework/core/result.hpp"
#include "framework/record/plan.hpp"

namespace gradus::lab {

/// Where a value was written: a place in a file, or an override of the command line.
struct Origin {
  std::string source;        ///< file name, or "--set KEY"
  int line = 0, column = 0;  ///< from 1; 0: not in a file
  std::string text() const;  ///< "file:line:column" or "--set KEY"
};

struct Entry;

/// A TOML value that remembers where it stands. A tree of our own, because profiles and --set
/// change it before it is read, and toml++ drops positions when a node is copied.
struct Node {
  enum class Kind { boolean, integer, number, text, list, table, time };
  Kind kind = Kind::table;
  bool boolean = false;
  std::int64_t integer = 0;
  double number = 0;
  std::string text;            ///< of a time: UTC, "2026-12-01T22:59:00Z"; empty without an offset
  std::vector<Node> items;     ///< list
  std::vector<Entry> entries;  ///< table, in the file's order
  Origin at;

  const Node* find(std::string_view key) const;
  Node* find(std::string_view key);
  bool is(Kind wanted) const { return kind == wanted; }
};

struct Entry {
  std::string key;
  Origin at;
  Node value;
};

/// The whole document. Errors carry file:line:column of toml++'s message.
Result<Node> parse_document(std::string_view text, const std::string& file);

/// A --set value: TOML where it is valid TOML ("2", "[1, 2]", "true"), else the text itself.
Node parse_override_value(const std::string& text, const Origin& at);

/// "the text "ten"", "the number 0.5", "a list of 3": for messages; printable and short.
std::string describe(const Node& node);

/// Tables become objects, other kinds text. Numbers keep integer or floating-point form.
Json to_json(const Node& node);

/// A leaf of a table with the dotted path to it.
struct Leaf {
  std::string path;
  Origin at;          ///< of the key
  const Node* value;  ///< never a table
};
/// Leaves of nested tables in the file's order; lists are leaves. `"a.b" = 1` and `a.b = 1` are
/// equal.
std::vector<Leaf> flatten(const Node& table);

/// The node at a dotted path; null where there is none. Keys may hold dots themselves: the longest
/// that exists wins.
const Node* at_path(const Node& node, const std::string& path);
/// The deepest node on the path that exists: where a value was written.
const Origin& place_of(const Node& node, const std::string& path);

}  // namespace gradus::lab
