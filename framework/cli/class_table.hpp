#pragma once

#include <string>

#include "framework/core/terminal.hpp"
#include "framework/record/grades.hpp"

namespace gradus::cli {

/// "ada  graded  12 / 15  8.2 s", with why it fell short.
std::string row_line(const Terminal& terminal, const GradedSubmission& row);
/// The class as a table, then how many ended in which state.
void print_class(const Terminal& out, const Grades& grades);
/// 0 once every submission has its state; 3 where some are not graded.
int class_exit_code(const Grades& grades);

}  // namespace gradus::cli
