#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace gradus::build {

/// Replaces every occurrence of the first string by the second, in the given order: our folders and
/// file names by the student's.
std::string rename(std::string text, const std::vector<std::pair<std::string, std::string>>& names);

/// Of a compiler's output the errors with their notes and source lines, without warnings, at most
/// `lines` lines. The whole output where no error can be told apart.
std::string first_errors(const std::string& output, std::size_t lines = 40);

/// What a linker's output means to a student.
struct LinkProblem {
  std::string what, cure;
};
/// Knows undefined and duplicate symbols in the words of mold, lld and ld; otherwise the first
/// lines.
LinkProblem explain_link(const std::string& output);

}  // namespace gradus::build
