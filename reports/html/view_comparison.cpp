// What the document says that each experiment reached, beside what it reached here.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "framework/core/text.hpp"
#include "reports/html/view.hpp"
#include "reports/model/arm_view.hpp"

namespace gradus::reports {
namespace {

View row_of(const TaskView& task, const ArmView& arm) {
  const std::string title = task.task->title.empty() ? task.task->id : task.task->title;
  const auto best = arm.spread(&RunView::best_val);
  const bool lost = arm.diverged() == arm.runs.size();
  View row;
  row.set("name", title);
  row.set("arm", maybe(arm.label));
  row.set("document", arm.reported ? View(fmt::format("{:.2f}", *arm.reported * 100)) : View("–"));
  row.set("here", lost ? std::string("diverged") : spread_text(best));
  // After less training than the document's, a difference says nothing of the network.
  const bool both = arm.reported && best && !lost && !task.reported->trained_less;
  row.set("difference", both ? fmt::format("{:+.2f}", (best->mean - *arm.reported) * 100) : "–");
  return row;
}

}  // namespace

View comparison_view(const ReportData& data, const std::vector<TaskPage>& tasks) {
  const bool any = std::any_of(tasks.begin(), tasks.end(),
                               [](const TaskPage& page) { return page.task->reported != nullptr; });
  if (!any) return View(false);
  View rows = list();
  std::set<std::string> sources;
  bool trials = false;
  std::size_t count = 0;
  for (const TaskPage& page : tasks) {
    if (!page.task->reported) continue;
    for (const ArmView& arm : arms_of(*page.task)) {
      rows << row_of(*page.task, arm);
      ++count;
    }
    sources.insert(page.task->reported->source);
    trials = trials || page.task->several_trials();
  }
  sources.erase("");
  View view;
  view.set("rows", rows);
  view.set("long", count > kShortTable);
  view.set("trials", trials);
  view.set("source", maybe(join(std::vector<std::string>(sources.begin(), sources.end()), "; ")));
  view.set("shorter", data.result.profile == "full" ? View(false) : View(data.result.profile));
  return view;
}

}  // namespace gradus::reports
