#include "grader/batch/csv.hpp"

#include <fmt/format.h>

#include <string_view>
#include <vector>

#include "framework/core/text.hpp"

namespace gradus::grader {
namespace {

/// Text of a person's or a program's as one cell. Spreadsheets run what begins with = + - @, also
/// behind blanks, and in their full-width forms.
std::string cell(const std::string& text) {
  std::string safe = printable(text, false, 4000);
  const auto first = safe.find_first_not_of(" '\"\xC2\xA0");
  const std::string_view rest =
      first == std::string::npos ? std::string_view() : std::string_view(safe).substr(first);
  for (const std::string_view start : {"=", "+", "-", "@", "|", "＝", "＋", "－", "＠"}) {
    if (!rest.starts_with(start)) continue;
    safe.insert(0, "'");
    break;
  }
  if (safe.find_first_of(",\"\r\n;'") == std::string::npos) return safe;
  std::string quoted = "\"";
  for (const char c : safe) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

void add_line(std::string& out, const std::vector<std::string>& cells) {
  out += join(cells, ",") + "\r\n";
}

}  // namespace

std::string grades_csv(const Grades& grades) {
  std::vector<std::string> head = {"submission", "state", "score", "maximum", "bonus"};
  for (const GradedItem& item : grades.items) head.push_back(cell("points." + item.id));
  head.insert(head.end(), {"message", "seconds"});
  std::string out;
  add_line(out, head);
  for (const GradedSubmission& one : grades.submissions) {
    const bool scored = one.score.has_value();
    std::vector<std::string> line = {cell(one.name), to_string(one.state),
                                     scored ? number(*one.score) : "", number(one.maximum),
                                     scored ? number(one.bonus) : ""};
    for (const GradedItem& item : grades.items) {
      const auto points = one.points.find(item.id);
      line.push_back(points == one.points.end() ? "" : number(points->second));
    }
    line.push_back(cell(one.message));
    line.push_back(fmt::format("{:.1f}", one.seconds));
    add_line(out, line);
  }
  return out;
}

}  // namespace gradus::grader
