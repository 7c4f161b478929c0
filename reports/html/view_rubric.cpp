#include "framework/core/text.hpp"
#include "reports/html/view.hpp"
#include "reports/model/words.hpp"

namespace gradus::reports {

void set_rubric(View& page, const ReportData& data, const std::vector<TaskPage>& tasks) {
  View rows = list();
  for (const RubricOutcome& item : data.result.rubric) {
    const bool seen = is_visible(item);
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
    row.set("feedback", maybe(seen ? printable(with_key_titles(item.feedback), false, 1500)
                                   : "The lab does not show details of this item."));
    row.set("found", seen ? (item.found.empty() ? "–" : with_key_titles(item.found)) : "not shown");
    row.set("wanted",
            seen ? (item.wanted.empty() ? "–" : with_key_titles(item.wanted)) : "not shown");
    row.set("trust", seen ? View(std::string(trust_sign(item.trust))) : View(false));
    row.set("trust_name", std::string(to_string(item.trust)));
    row.set("points", points_text(item.points));
    row.set("max", points_text(item.max_points));
    rows << row;
  }
  page.set("has_rubric", !data.result.rubric.empty());
  page.set("rubric_rows", rows);
}

}  // namespace gradus::reports
