#include "framework/lab/problems.hpp"

#include <algorithm>
#include <tuple>

#include "framework/core/text.hpp"

namespace gradus::lab {

std::vector<Problems::Problem> Problems::sorted() const {
  std::vector<Problem> sorted = list_;
  std::stable_sort(sorted.begin(), sorted.end(), [](const Problem& a, const Problem& b) {
    return std::tie(a.at.source, a.at.line, a.at.column) <
           std::tie(b.at.source, b.at.line, b.at.column);
  });
  return sorted;
}

Error Problems::error() const {
  constexpr std::size_t kMost = 50;  // enough to mend in one go, short enough to read
  const std::vector<Problem> sorted = this->sorted();
  std::string text;
  for (std::size_t i = 0; i < sorted.size() && i < kMost; ++i) {
    if (i > 0) text += "\n";
    text += printable(sorted[i].at.text()) + ": " + printable(sorted[i].what);
  }
  if (sorted.size() > kMost) {
    text += "\nand " + std::to_string(sorted.size() - kMost) + " more";
  }
  return user_error("", text, "framework/docs/lab_keys.md lists every key of a lab file.");
}

std::string did_you_mean(const std::string& word, const std::vector<std::string>& candidates) {
  const std::string best = nearest(word, candidates);
  return best.empty() ? "" : " (did you mean '" + best + "'?)";
}

std::string enumerate(const std::vector<std::string>& names, const char* last) {
  if (names.empty()) return "none";
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text += i + 1 == names.size() ? std::string(" ") + last + " " : ", ";
    text += names[i];
  }
  return text;
}

}  // namespace gradus::lab
