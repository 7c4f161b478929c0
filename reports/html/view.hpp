#pragma once

#include <kainjow/mustache.hpp>
#include <string>
#include <vector>

#include "framework/core/result.hpp"
#include "reports/figures/figure.hpp"
#include "reports/model/report_data.hpp"
#include "reports/model/task_view.hpp"

namespace gradus::reports {

// What the templates see. Every {{name}} is escaped when it is written (page.cpp), so views hold
// plain text. kainjow's Mustache takes an empty string for true and looks a missing name up in the
// parent, so every name that a template tests is set in every object: maybe() makes empty false.
using View = kainjow::mustache::data;

/// One task of the page: its view of the evidence, its figures, the number of its section.
struct TaskPage {
  const TaskView* task = nullptr;
  std::vector<const Figure*> figures;
  std::string id;      ///< "task-1"
  std::string number;  ///< "2"
};

inline View maybe(const std::string& text) { return text.empty() ? View(false) : View(text); }
View list();
const char* trust_sign(Trust trust);
/// {class, name, sign} of "pass", "partial", "fail"; anything else is "not graded".
/// Rows of a table that is kept on one page; a longer one would leave a page empty but for its
/// heading.
inline constexpr std::size_t kShortTable = 20;

View verdict_icon(const std::string& verdict);
/// "–" for an absent fraction.
std::string percent_text(const std::optional<double>& fraction, int digits = 2);

void set_head(View& page, const ReportData& data);
void set_rubric(View& page, const ReportData& data, const std::vector<TaskPage>& tasks);
/// `shown` remembers tables of layers that stand further up already.
struct ShownLayers {
  std::string title;
  std::vector<TensorInfo> tensors;
};
View task_section(const TaskPage& page, std::vector<ShownLayers>& shown);
View arms_table(const TaskView& task);
View layers_view(const TaskView& task, const std::string& title, std::vector<ShownLayers>& shown);
View probes_view(const TaskView& task);
/// The document's figures beside ours; false where the lab gives none.
View comparison_view(const ReportData& data, const std::vector<TaskPage>& tasks);
View recipe_view(const ReportData& data, const std::vector<TaskPage>& tasks);
View environment_view(const ReportData& data);
View resources_view(const std::vector<TaskPage>& tasks);

}  // namespace gradus::reports
