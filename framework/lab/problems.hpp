#pragma once

#include <set>
#include <string>
#include <vector>

#include "framework/core/error.hpp"
#include "framework/lab/node.hpp"

namespace gradus::lab {

/// Everything that is wrong with a lab, collected so that an author mends it in one go.
class Problems {
 public:
  struct Problem {
    Origin at;
    std::string what;
  };
  /// `what`: "subject: found FOUND, wanted WANTED (HINT)". The same at the same place counts once.
  void add(const Origin& at, const std::string& what) {
    ++added_;
    if (seen_.insert(at.text() + ": " + what).second) list_.push_back({at, what});
  }
  bool empty() const { return list_.empty(); }
  /// How often something was found wrong, repetitions (of other profiles) included.
  std::size_t added() const { return added_; }
  /// In the order of their places.
  std::vector<Problem> sorted() const;
  /// One Error: a line a problem, in the order of the file; at most 50 lines.
  Error error() const;

 private:
  std::vector<Problem> list_;
  std::set<std::string> seen_;
  std::size_t added_ = 0;
};

/// " (did you mean 'epochs'?)" where a candidate is near, else "".
std::string did_you_mean(const std::string& word, const std::vector<std::string>& candidates);
/// "a, b and c" for messages; "none" where empty.
std::string enumerate(const std::vector<std::string>& names, const char* last = "or");

}  // namespace gradus::lab
