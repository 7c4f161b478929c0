#pragma once

#include <vector>

#include "framework/executor/executor.hpp"
#include "framework/lab/lab.hpp"
#include "framework/record/grades.hpp"
#include "framework/record/lab_result.hpp"

namespace gradus::grader {

/// A result as a line of the table: state, points and why it fell short. Name, folder, clock and
/// hashes are the caller's. `entries`: the evidence that the result rests on.
GradedSubmission row_of(const LabResult& result, const std::vector<executor::Entry>& entries);

/// A line without a result: no fault of the submission's.
GradedSubmission row_without_result(const std::string& message);

/// The lab's rubric as the table's columns.
std::vector<GradedItem> items_of(const lab::Lab& lab, const std::vector<std::string>& tasks);

}  // namespace gradus::grader
