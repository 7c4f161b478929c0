#include "reports/html/page.hpp"

#include "framework/core/text.hpp"
#include "reports/html/templates.hpp"

namespace gradus::reports {
namespace {

View contents_view(const View& page, const ReportData& data, const std::vector<TaskPage>& tasks) {
  View contents = list();
  const auto add = [&](const std::string& id, const std::string& name) {
    View entry;
    entry.set("id", id);
    entry.set("name", name);
    contents << entry;
  };
  const auto has = [&](const char* name) {
    const View* part = page.get(name);
    return part && !part->is_false();
  };
  if (!data.result.rubric.empty()) add("rubric", "Rubric");
  for (const TaskPage& task : tasks) {
    add(task.id, task.task->task->title.empty() ? task.task->task->id : task.task->task->title);
  }
  if (has("comparison")) add("comparison", "Beside the document");
  add("trust", "How to read the numbers");
  if (has("recipe")) add("recipe", "Recipe and seeds");
  if (has("environment")) add("environment", "Environment");
  if (has("resources")) add("resources", "Time and memory");
  return contents;
}

}  // namespace

std::vector<TaskPage> task_pages(const std::vector<TaskView>& tasks,
                                 const std::vector<std::vector<Figure>>& figures) {
  std::vector<TaskPage> pages;
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    TaskPage page;
    page.task = &tasks[i];
    for (const Figure& figure : figures[i]) page.figures.push_back(&figure);
    page.number = std::to_string(i + 1);
    page.id = "task-" + page.number;
    pages.push_back(std::move(page));
  }
  return pages;
}

Result<std::string> render_page(const ReportData& data, const std::vector<TaskPage>& tasks) {
  View page;
  page.set("css", std::string(template_text("style.css")));
  for (const char* part : {"head", "rubric", "comparison", "task", "appendix", "icon"}) {
    page.set(std::string("part_") + part, kainjow::mustache::partial([part] {
               return std::string(template_text(std::string(part) + ".mustache"));
             }));
  }
  set_head(page, data);
  set_rubric(page, data, tasks);
  View sections = list();
  std::vector<ShownLayers> shown;
  for (const TaskPage& task : tasks) {
    sections << task_section(task, shown);
  }
  page.set("tasks", sections);
  page.set("comparison", comparison_view(data, tasks));
  page.set("recipe", recipe_view(data, tasks));
  page.set("environment", environment_view(data));
  page.set("resources", resources_view(tasks));
  page.set("contents", contents_view(page, data, tasks));

  kainjow::mustache::mustache writer{std::string(template_text("report.mustache"))};
  // The one place where text becomes HTML: printable, and & < > " ' escaped.
  writer.set_custom_escape([](const std::string& text) {
    std::string html = escape_html(text, true);
    // A number and its sign stay on one line.
    for (std::size_t at = 0; (at = html.find(" %", at)) != std::string::npos; at += 3) {
      html.replace(at, 1, "\u00A0");
    }
    return html;
  });
  std::string html = writer.render(page);
  if (!writer.is_valid()) {
    return infrastructure_error("report.mustache", writer.error_message(), "report this as a bug");
  }
  return html;
}

}  // namespace gradus::reports
