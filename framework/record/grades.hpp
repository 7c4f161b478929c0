#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "framework/core/result.hpp"
#include "framework/record/plan.hpp"

namespace gradus {

inline constexpr const char* kGradesSchema = "gradus.grades/1";

/// How grading one submission ended; exactly one each.
///   graded        every rubric item has its verdict
///   build_failed  the compiler or linker refused it
///   rejected      a bad archive, no sources, or a plugin that the lab requires is not in it
///   limit         a resource limit ended the build or a run of it; what was graded counts
///   not_graded    infrastructure, interrupted or not reached yet: no fault of the submission's
enum class GradeState { graded, build_failed, rejected, limit, not_graded };
const char* to_string(GradeState state);
Result<GradeState> grade_state_from_string(const std::string& text);

/// A rubric item as a column of the table.
struct GradedItem {
  std::string id, title;
  double points = 0;
  bool bonus = false;
};

/// One submission's line.
struct GradedSubmission {
  std::string name;  ///< printable; of its result folder too
  GradeState state = GradeState::not_graded;
  std::string result;           ///< folder below the grade folder, "results/ada"; empty: none
  std::optional<double> score;  ///< bonus included; absent where it is not graded
  double maximum = 0;           ///< without bonus
  double bonus = 0;             ///< part of the score that bonus items gave
  std::map<std::string, double> points;  ///< by item id; an item without verdict is absent
  std::string message;                   ///< printable; why it fell short
  double seconds = 0;                    ///< by the clock: unpacking, building, runs, report
  std::string content_hash;              ///< of what was handed in
  std::string plan_hash;  ///< Grades::plan_hash that it was graded under; empty: mark it again
};

/// grades.json: a class in one lab. Paths inside are relative.
struct Grades {
  std::string lab, title, profile, sandbox;
  std::vector<std::string> overrides;  ///< "KEY=VALUE"
  std::string plan_hash;  ///< lab file, profile, overrides, data, toolchain, reference plugins
  std::vector<GradedItem> items;
  std::vector<GradedSubmission> submissions;
};

Json to_json(const Grades&);
Result<Grades> grades_from_json(const Json&);
Result<Grades> read_grades(const std::filesystem::path& folder);  ///< folder/grades.json

}  // namespace gradus
