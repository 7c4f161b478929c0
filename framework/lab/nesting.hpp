#pragma once

#include <optional>
#include <string_view>

namespace gradus::lab {

/// Parts that a dotted key may have ("a.b.c" has three), in a header too. The parser makes a table
/// of each part, and tables are walked by recursion: a file of 60 kB could exhaust the stack. The
/// deepest key of the language has seven.
inline constexpr int kMostKeyParts = 32;

struct Place {
  int line = 1, column = 1;
};

/// Where a TOML text has a key of more parts; to be asked before it is parsed. Nested values
/// (inline tables, lists) are bounded by the parser itself.
std::optional<Place> find_deep_key(std::string_view text);

}  // namespace gradus::lab
