#include "grader/batch/row.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <set>

#include "framework/core/text.hpp"
#include "framework/record/evidence.hpp"
#include "framework/record/points.hpp"

namespace gradus::grader {
namespace {

constexpr std::size_t kMessageBytes = 400;

bool is_limit(const std::string& code) {
  constexpr std::array<const char*, 4> kCodes = {"TIMEOUT", "OOM", "LIMIT", "DISK"};
  return std::find(kCodes.begin(), kCodes.end(), code) != kCodes.end();
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

/// A headline and what it announces: "'net.cpp' does not compile: net.cpp:2:1: error: ..."
std::string two_lines(const std::string& text) {
  const std::string first = first_line(text);
  return first.size() == text.size() ? first
                                     : first + " " + first_line(text.substr(first.size() + 1));
}

std::string short_message(const std::string& text) { return printable(text, false, kMessageBytes); }

/// Why a run failed: the first that a limit ended, else the first of all; nothing where none did.
struct RunFailure {
  bool limit = false;
  std::string message;
};
std::optional<RunFailure> run_failure(const LabResult& result,
                                      const std::vector<executor::Entry>& entries) {
  std::optional<RunFailure> first;
  std::set<std::string> seen;
  for (std::size_t i = 0; i < entries.size() && i < result.runs.size(); ++i) {
    if (entries[i].evidence.empty() || !seen.insert(entries[i].run_hash).second) continue;
    const auto read = read_evidence(entries[i].evidence);
    if (!read.ok() || !read->evidence.failure) continue;
    const Failure& failure = *read->evidence.failure;
    const bool limit = is_limit(failure.code);
    if (first && !limit) continue;
    first = RunFailure{limit,
                       failure.code + " in " + result.runs[i].id + ": " + first_line(failure.what)};
    if (limit) break;
  }
  return first;
}

/// Items that lack points, by name.
std::string shortcomings(const LabResult& result) {
  std::vector<std::string> names;
  for (const RubricOutcome& item : result.rubric) {
    if (!item.bonus && item.points < item.max_points) names.push_back(item.id);
  }
  return names.empty() ? "" : "short of points: " + join(names, ", ");
}

std::string why_not_graded(const LabResult& result, const std::vector<executor::Entry>& entries) {
  for (const executor::Entry& entry : entries) {
    if (entry.not_graded) return first_line(entry.not_graded->what);
  }
  for (const RubricOutcome& item : result.rubric) {
    if (item.verdict == "not_graded") return item.id + ": " + first_line(item.feedback);
  }
  return "not every item could be graded";
}

}  // namespace

GradedSubmission row_of(const LabResult& result, const std::vector<executor::Entry>& entries) {
  GradedSubmission row;
  row.name = result.submission;
  for (const RubricOutcome& item : result.rubric) {
    if (!item.bonus) row.maximum = add_points(row.maximum, item.max_points);
    if (item.verdict == "not_graded") continue;
    row.points[item.id] = item.points;
    if (item.bonus) row.bonus = add_points(row.bonus, item.points);
  }
  if (result.cap > 0) row.maximum = std::min(row.maximum, result.cap);
  std::string message;
  if (result.state == "not_graded") {
    row.state = GradeState::not_graded;
    message = why_not_graded(result, entries);
  } else if (result.failure) {
    row.state = result.state == "rejected"       ? GradeState::rejected
                : is_limit(result.failure->code) ? GradeState::limit
                                                 : GradeState::build_failed;
    message = result.failure->code + ": " + two_lines(result.failure->what);
  } else {
    const auto failure = run_failure(result, entries);
    row.state = failure && failure->limit ? GradeState::limit : GradeState::graded;
    message = failure ? failure->message : shortcomings(result);
  }
  // A sum that lacks items is no score: somebody might enter it in a gradebook.
  if (row.state != GradeState::not_graded) row.score = result.score;
  row.message = short_message(message);
  return row;
}

GradedSubmission row_without_result(const std::string& message) {
  GradedSubmission row;
  row.message = short_message(first_line(message));
  return row;
}

std::vector<GradedItem> items_of(const lab::Lab& lab, const std::vector<std::string>& tasks) {
  std::vector<GradedItem> items;
  for (const lab::RubricItem& item : lab.rubric) {
    const bool wanted =
        tasks.empty() || std::find(tasks.begin(), tasks.end(), item.task) != tasks.end();
    if (wanted) items.push_back({item.id, item.title, item.points, item.bonus});
  }
  return items;
}

}  // namespace gradus::grader
