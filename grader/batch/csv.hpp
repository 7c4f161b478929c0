#pragma once

#include <string>

#include "framework/record/grades.hpp"

namespace gradus::grader {

/// The table as grades.csv: RFC 4180 (CRLF, quotes doubled), UTF-8, one line a submission. Columns:
/// submission, state, score, maximum, bonus, points.ITEM for each item, message, seconds. A cell of
/// text that a spreadsheet would take for a formula gets an apostrophe before it. What is not
/// graded is an empty cell, never 0.
std::string grades_csv(const Grades& grades);

}  // namespace gradus::grader
