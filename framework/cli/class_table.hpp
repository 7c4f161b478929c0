#pragma once

#include <string>

#include "framework/core/terminal.hpp"
#include "framework/record/grades.hpp"

namespace gradus::cli {

/// "ada  graded  12 / 15  8.2 s", with why it fell short.
std::string row_line(const Terminal& terminal, const GradedSubmission& row);
/// The class as a table, then how many ended in which state.
void print_class(const Terminal& out, const Grades& grades);
/// 0 all graded; 1 some build_failed, rejected or limit; 3 some not graded.
int class_exit_code(const Grades& grades);

}  // namespace gradus::cli
