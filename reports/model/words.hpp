#pragma once

#include <optional>
#include <string>
#include <vector>

#include "reports/model/task_view.hpp"

namespace gradus::reports {

/// The report's opening in words. Plain text; whoever writes it escapes it.
struct Summary {
  std::string text;   ///< what passed, what did not
  std::string first;  ///< what to do first; empty where nothing is left to do
};
Summary summarize(const ReportData& data);

/// A remark that stands out in a task's section.
struct Note {
  std::string name, text;  ///< "Overfitting.", "At the end ..."
};
/// Overfitting (train − validation ≥ 15 points at the end), diverged and missing arms.
std::vector<Note> notes_on(const TaskView& task);

/// Gap from which a report names overfitting, as a fraction.
inline constexpr double kOverfitGap = 0.15;

/// "2.5" or "3".
std::string points_text(double points);

}  // namespace gradus::reports
