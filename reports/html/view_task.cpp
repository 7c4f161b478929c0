// The section of one task.
#include <fmt/format.h>

#include <set>

#include "framework/core/text.hpp"
#include "reports/html/mosaic.hpp"
#include "reports/html/view.hpp"
#include "reports/model/words.hpp"

namespace gradus::reports {
namespace {

View cell(const std::string& name, const std::string& value, Trust trust,
          const std::string& detail = "") {
  View view;
  view.set("name", name);
  view.set("value", value);
  view.set("trust", std::string(trust_sign(trust)));
  view.set("detail", maybe(detail));
  return view;
}

/// Accuracies of a run, at a glance; false where it has none.
View key_figures(const TaskView& task) {
  const RunView* run = task.main_run();
  if (task.sweep() || !run || !run->best_val()) return View(false);
  const Evidence& e = run->folder->evidence;
  View cells = list();
  cells << cell("best validation", percent_text(run->best_val()), Trust::recomputed,
                e.best_epoch ? fmt::format("epoch {}", *e.best_epoch) : "");
  if (const auto test = e.scores.find("test"); test != e.scores.end()) {
    cells << cell("test, best weights", percent(test->second.accuracy), Trust::recomputed,
                  fmt::format("{} pictures", with_commas(test->second.count)));
  }
  const std::string last =
      e.epochs.empty() ? "" : fmt::format("epoch {}", e.epochs.back().epoch);
  cells << cell("last validation", percent_text(run->final_val()), Trust::recomputed, last);
  const Trust trust = run->train_is_recomputed() ? Trust::recomputed : Trust::claimed;
  cells << cell("last train", percent_text(run->final_train()), trust, last);
  const auto gap = run->gap();
  cells << cell("train − validation", gap ? fmt::format("{:.1f} points", *gap * 100) : "–", trust,
                "after the last epoch");
  View view;
  view.set("cells", cells);
  return view;
}

View warnings(const TaskView& task) {
  std::set<std::string> texts;
  for (const RunView& run : task.runs) {
    if (!run.folder) continue;
    texts.insert(run.folder->evidence.warnings.begin(), run.folder->evidence.warnings.end());
  }
  if (texts.empty()) return View(false);
  View rows = list();
  for (const std::string& text : texts) rows << View("text", printable(text, false, 500));
  return View("rows", rows);
}

View figure_view(const Figure& figure, const std::string& label) {
  View view;
  view.set("svg", figure.svg);
  view.set("label", label);
  view.set("title", figure.title);
  view.set("caption", figure.caption);
  return view;
}

void set_figures(View& section, const TaskPage& page, int& next) {
  View wide = list(), items = list();
  std::vector<const Figure*> small;
  const auto label = [&] { return fmt::format("Figure {}.{}", page.number, next++); };
  for (const Figure* figure : page.figures) {
    if (figure->width < 500) {
      small.push_back(figure);
    } else {
      wide << figure_view(*figure, label());
    }
  }
  for (std::size_t i = 0; i < small.size(); ++i) {
    View view = figure_view(*small[i], label());
    view.set("class", std::string(small.size() == 1 ? "alone" : i % 2 == 0 ? "left" : "right"));
    items << view;
  }
  section.set("wide", wide);
  section.set("pair", small.empty() ? View(false) : View("items", items));
}

Result<View> mistakes_view(const ReportData& data, const TaskPage& page, int& next) {
  const RunView* run = page.task->main_run();
  if (!run) return View(false);
  const auto found = data.mistakes.find(run->run->run_hash);
  if (found == data.mistakes.end()) return View(false);
  GRADUS_TRY(const std::string svg, mosaic_svg(data, found->second));
  View view;
  view.set("svg", svg);
  view.set("label", fmt::format("Figure {}.{}", page.number, next++));
  view.set("caption", maybe(page.task->sweep() ? "Arm: " + run->label + "." : ""));
  return view;
}

}  // namespace

Result<View> task_section(const ReportData& data, const TaskPage& page,
                          std::vector<ShownLayers>& shown) {
  const TaskView& task = *page.task;
  const std::string title = task.task->title.empty() ? task.task->id : task.task->title;
  View section;
  section.set("id", page.id);
  section.set("title", title);
  section.set("text", maybe(task.task->text));
  const bool any = task.main_run() != nullptr;
  section.set("nothing", any ? View(false) : View("No run of this task left anything to show."));
  section.set("key_figures", key_figures(task));
  View notes = list();
  for (const Note& note : notes_on(task)) {
    View view;
    view.set("name", note.name);
    view.set("note", note.text);
    notes << view;
  }
  section.set("notes", notes);
  section.set("probes", probes_view(task));
  int next = 1;
  set_figures(section, page, next);
  section.set("sweep", task.sweep() ? sweep_table(task) : View(false));
  GRADUS_TRY(View mistakes, mistakes_view(data, page, next));
  section.set("mistakes", mistakes);
  section.set("layers", layers_view(task, title, shown));
  section.set("warnings", warnings(task));
  return section;
}

}  // namespace gradus::reports
