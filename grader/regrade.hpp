#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "framework/record/grades.hpp"
#include "grader/grader.hpp"

namespace gradus::grader {

/// In LabResult::environment where the lab has stop_arms and yet every arm was trained to its end,
/// so that the result is marked again as what it is.
inline constexpr const char* kWholeArms = "arms of sweeps";

/// A result marked again, and the evidence that it rests on.
struct Remarked {
  LabResult result;
  std::vector<executor::Entry> entries;
};

/// Marks a result folder again under `lab` (read with the result's profile) from the evidence in
/// it. Nothing runs, nothing is written. Only what is made of the evidence may differ: rubric,
/// feedback, visibility, texts, figures. `tasks`: that the result was run for; empty: all.
/// Error (user): another lab; a run that the lab wants and the folder lacks, or that was another
/// run then (each is named with the first difference).
Result<Remarked> remark(const std::filesystem::path& folder, const lab::Lab& lab,
                        const std::vector<std::string>& tasks);

/// Marks every graded submission of a grade folder again; lines that are not graded stay. All or
/// none: an error names every submission that cannot be marked. The lines' plan hashes are cleared,
/// because they are no longer what `gradus grade` made of its lab.
struct RemarkedClass {
  Grades grades;
  std::vector<std::pair<std::filesystem::path, LabResult>> results;  ///< by result folder
};
Result<RemarkedClass> remark_class(const std::filesystem::path& folder, const lab::Lab& lab);

/// Replaces DIR/result.json, whole or not at all.
Status rewrite_result(const LabResult& result, const std::filesystem::path& folder);

}  // namespace gradus::grader
