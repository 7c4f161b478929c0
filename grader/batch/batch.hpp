#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "framework/core/files.hpp"
#include "framework/record/grades.hpp"
#include "grader/session.hpp"
#include "grader/submission/find.hpp"

namespace gradus::grader {

struct BatchRequest {
  Request request;  ///< lab, profile, tasks, overrides, sandbox; its submission is not looked at
  std::vector<Submission> submissions;
  std::filesystem::path out;
  int jobs = 0;  ///< runs side by side; 0: one a core
};

/// What a caller adds, and sees. All are called from the calling thread.
struct BatchHooks {
  Hooks run;
  /// Renders the reports of a result folder; an error leaves the submission not graded.
  std::function<Status(const std::filesystem::path& folder)> render;
  /// Before anything runs: the lab, the runs of each submission, and how many submissions are to
  /// do.
  std::function<void(const lab::Lab& lab, const Plan& each, std::size_t todo, std::size_t skipped)>
      planned;
  /// A submission is looked at: the n-th of those to do.
  std::function<void(const std::string& name, std::size_t n, std::size_t todo)> started;
  std::function<void(const GradedSubmission&)> finished;
};

struct BatchOutcome {
  Grades grades;                     ///< this call's submissions in order, then earlier ones
  std::vector<std::string> skipped;  ///< finished by an earlier call, nothing changed since
  std::vector<std::string> kept;     ///< of an earlier call and not named now: left as they are
  bool interrupted = false;
};

/// Grades submissions one after the other; each ends in exactly one state, and none stops another.
/// OUT/results/NAME is what `gradus run` writes, OUT/grades.json and grades.csv are whole after
/// every submission. Keyed by what was handed in and the plan: a second call does what is missing.
/// Errors: the lab or the command is at fault (nothing more is graded), or OUT cannot be written.
Result<BatchOutcome> grade_all(const Paths& paths, const BatchRequest& request,
                               const BatchHooks& hooks);

/// Keeps every other call from working in a grade folder. Error (user): one is at work there.
Result<FileLock> lock_grades(const std::filesystem::path& folder);

/// Writes DIR/grades.json and DIR/grades.csv, each whole or not at all.
Status write_grades(const Grades& grades, const std::filesystem::path& folder);

}  // namespace gradus::grader
