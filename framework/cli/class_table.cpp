#include "framework/cli/class_table.hpp"

#include <algorithm>
#include <map>
#include <vector>

#include "framework/core/text.hpp"

namespace gradus::cli {
namespace {

constexpr std::size_t kWhyBytes = 120;

std::string state_text(GradeState state) {
  std::string text = to_string(state);
  std::replace(text.begin(), text.end(), '_', ' ');
  return text;
}

Style style_of(GradeState state) {
  return state == GradeState::graded       ? Style::good
         : state == GradeState::not_graded ? Style::warn
                                           : Style::bad;
}

std::string score_text(const GradedSubmission& row) {
  return (row.score ? number(*row.score) : std::string("–")) + " / " + number(row.maximum);
}

}  // namespace

std::string row_line(const Terminal& terminal, const GradedSubmission& row) {
  std::string line = printable(row.name) + "  " +
                     terminal.styled(style_of(row.state), state_text(row.state)) + "  " +
                     score_text(row) + "  " + duration(row.seconds * 1000);
  if (!row.message.empty() && row.state != GradeState::graded)
    line += "  " + printable(row.message);
  return line;
}

void print_class(const Terminal& out, const Grades& grades) {
  out.print("");
  out.print(out.styled(Style::bold, printable(grades.title)) + "  profile " +
            printable(grades.profile) +
            (grades.sandbox == "full" ? "" : "   (sandbox: " + printable(grades.sandbox) + ")"));
  Table table{{"Submission", "State", "Score", "Time", "Why"}, {}, {}, {false, false, true, true}};
  std::map<GradeState, std::size_t> counts;
  for (const GradedSubmission& row : grades.submissions) {
    ++counts[row.state];
    table.rows.push_back({printable(row.name), state_text(row.state), score_text(row),
                          duration(row.seconds * 1000), printable(row.message, false, kWhyBytes)});
    table.styles.push_back(
        {Style::plain, style_of(row.state), Style::plain, Style::plain, Style::dim});
  }
  out.write(table.render(out));
  std::vector<std::string> parts;
  for (const auto& [state, count] : counts)
    parts.push_back(std::to_string(count) + " " + state_text(state));
  out.print("  " + join(parts, ", "));
}

int class_exit_code(const Grades& grades) {
  const auto& rows = grades.submissions;
  const bool all = std::none_of(rows.begin(), rows.end(), [](const GradedSubmission& row) {
    return row.state == GradeState::not_graded;
  });
  return all ? 0 : 3;
}

}  // namespace gradus::cli
