#pragma once

#include <string>
#include <vector>

#include "framework/lab/node.hpp"
#include "framework/lab/problems.hpp"
#include "framework/lab/schema.hpp"

namespace gradus::lab {

/// True where the value has the spec's type and range; else a problem is added. What depends on the
/// task (arms, varied keys, probes) is checked by rubric.cpp.
bool check_value(const Node& value, const KeySpec& spec, const std::string& subject,
                 Problems& problems);
/// As check_value(), without a word.
bool fits(const Node& value, const KeySpec& spec);

/// A table that has been checked key by key: unknown keys, missing ones, wrong values. What a
/// getter returns is valid; where the key is absent or wrong it is the spec's fallback.
class Table {
 public:
  /// `node`: null for an absent table (fallbacks only; required keys are then not missed).
  /// `unchecked`: keys beyond `keys` that somebody else checks.
  Table(const Node* node, std::string path, const std::vector<KeySpec>& keys, Problems& problems,
        bool others_allowed = false);

  bool has(const std::string& name) const { return get(name) != nullptr; }
  const Node* get(const std::string& name) const;   ///< null where absent or wrong
  const Origin& at(const std::string& name) const;  ///< of the value, else of the table
  const Origin& origin() const { return at_; }
  const std::string& path() const { return path_; }

  std::int64_t integer(const std::string& name) const;
  double number(const std::string& name) const;
  bool boolean(const std::string& name) const;
  std::string text(const std::string& name) const;
  std::vector<std::string> texts(
      const std::string& name) const;  ///< a text counts as a list of one
  std::vector<double> numbers(const std::string& name) const;

 private:
  const KeySpec& spec(const std::string& name) const;
  const std::vector<KeySpec>* keys_;
  std::string path_;
  Origin at_;
  std::vector<std::pair<std::string, const Node*>> valid_;
};

/// Value as canonical JSON of the spec's type: a number is floating-point, however it was written.
Json json_of(const Node& value, const KeySpec& spec);

}  // namespace gradus::lab
