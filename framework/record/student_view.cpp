#include "framework/record/student_view.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "framework/record/points.hpp"

namespace gradus {
namespace {

template <class T, class Gone>
void drop(std::vector<T>& all, const Gone& gone, bool& withheld) {
  withheld = std::erase_if(all, gone) > 0 || withheld;
}

/// Points of the items that are there.
void add_up(LabResult& result) {
  result.score = result.max_score = 0;
  bool open = false;
  for (const RubricOutcome& item : result.rubric) {
    if (item.verdict == "not_graded") {
      open = true;
      continue;
    }
    result.score = add_points(result.score, item.points);
    if (!item.bonus) result.max_score = add_points(result.max_score, item.max_points);
  }
  if (result.cap > 0) {
    result.score = std::min(result.score, result.cap);
    result.max_score = std::min(result.max_score, result.cap);
  }
  if (result.state == "not_graded" && !open) result.state = "graded";
}

}  // namespace

bool is_seen(const std::string& visibility, const std::string& due, const Audience& audience) {
  if (audience.instructor || visibility.empty() || visibility == "visible") return true;
  if (visibility == "after_published") return audience.published;
  // Times of one form, in UTC: their order is that of their text.
  const bool past = !due.empty() && !audience.now.empty() && audience.now >= due;
  return visibility == "after_due_date" && (past || audience.published);
}

std::string stricter_visibility(const std::string& a, const std::string& b) {
  const auto rank = [](const std::string& name) {
    constexpr std::array<std::string_view, 4> kFromLoosest = {"visible", "after_due_date",
                                                              "after_published", "hidden"};
    return std::find(kFromLoosest.begin(), kFromLoosest.end(), name) - kFromLoosest.begin();
  };
  return rank(b) > rank(a) ? b : a;
}

LabResult seen_by(LabResult result, const Audience& audience) {
  if (audience.instructor) return result;
  const auto unseen = [&](const std::string& visibility) {
    return !is_seen(visibility, result.due, audience);
  };
  bool withheld = result.withheld;
  std::set<std::string> gone;
  for (const ResultTask& task : result.tasks) {
    if (unseen(task.visibility)) gone.insert(task.id);
  }
  const auto of_gone = [&](const auto& one) { return gone.contains(one.task); };
  drop(
      result.tasks, [&](const ResultTask& task) { return gone.contains(task.id); }, withheld);
  drop(result.runs, of_gone, withheld);
  const auto left_out = [&](const auto& one) { return of_gone(one) || unseen(one.visibility); };
  drop(result.figures, left_out, withheld);
  const std::size_t items = result.rubric.size();
  drop(result.rubric, left_out, withheld);
  if (result.rubric.size() < items) add_up(result);
  for (RubricOutcome& item : result.rubric) {
    if (!item.details_private) continue;
    item.found = item.wanted = "not shown";
    item.feedback = "The course keeps to itself what is wanted here.";
    withheld = true;
  }
  if (result.secret_seed) {
    for (const char* key : {"base seed", "run seeds"}) result.environment.erase(key);
  }
  result.withheld = withheld;
  return result;
}

}  // namespace gradus
