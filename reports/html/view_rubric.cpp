#include "framework/core/text.hpp"
#include "reports/html/view.hpp"
#include "reports/model/words.hpp"

namespace gradus::reports {

void set_rubric(View& page, const ReportData& data, const std::vector<TaskPage>& tasks) {
  View rows = list();
  for (const RubricOutcome& item : data.result.rubric) {
    std::string task = item.task;
    for (const TaskPage& other : tasks) {
      if (other.task->task->id == item.task && !other.task->task->title.empty()) {
        task = other.task->task->title;
      }
    }
    View row;
    row.set("icon", verdict_icon(item.verdict));
    row.set("title", item.title.empty() ? item.id : item.title);
    row.set("bonus", item.bonus);
    row.set("task", task);
    row.set("feedback", maybe(printable(with_key_titles(item.feedback), false, 1500)));
    row.set("found", item.found.empty() ? "–" : with_key_titles(item.found));
    row.set("wanted", item.wanted.empty() ? "–" : with_key_titles(item.wanted));
    row.set("trust", View(std::string(trust_sign(item.trust))));
    row.set("trust_name", std::string(to_string(item.trust)));
    row.set("points", points_text(item.points));
    row.set("max", points_text(item.max_points));
    rows << row;
  }
  std::vector<std::string> notes;
  const LabResult& result = data.result;
  if (result.withheld)
    notes.emplace_back("Some of the lab is not shown here; points are those of what is shown.");
  if (result.withheld && !result.due.empty())
    notes.emplace_back("The lab was due " + result.due + "; some items may be shown only then.");
  if (result.cap > 0)
    notes.emplace_back("The lab gives at most " + points_text(result.cap) + " points in all.");
  page.set("rubric_note", maybe(join(notes, " ")));
  page.set("has_rubric", !data.result.rubric.empty());
  page.set("rubric_rows", rows);
}

}  // namespace gradus::reports
