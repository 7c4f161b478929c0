// The section of one task.
#include <fmt/format.h>

#include <set>

#include "framework/core/text.hpp"
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
  if (task.reported && !task.reported->val_accuracy.empty() &&
      task.reported->val_accuracy.front()) {
    const double document = *task.reported->val_accuracy.front();
    View reported =
        cell("in the document", percent(document), Trust::recomputed,
             fmt::format("best here: {:+.1f} points", (*run->best_val() - document) * 100));
    reported.set("trust", std::string());
    cells << reported;
  }
  if (const auto test = e.scores.find("test"); test != e.scores.end()) {
    cells << cell("test, best weights", percent(test->second.accuracy), Trust::recomputed,
                  fmt::format("{} pictures", with_commas(test->second.count)));
  }
  if (const auto test = e.scores.find("test_mirror"); test != e.scores.end()) {
    cells << cell("with mirror images", percent(test->second.accuracy), Trust::recomputed,
                  "mean of two probabilities");
  }
  const std::string last = e.epochs.empty() ? "" : fmt::format("epoch {}", e.epochs.back().epoch);
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

/// Figures in order; narrow ones that follow each other stand in pairs.
View figure_blocks(const TaskPage& page) {
  View blocks = list();
  int next = 1;
  const auto labelled = [&](const Figure& figure) {
    return figure_view(figure, fmt::format("Figure {}.{}", page.number, next++));
  };
  for (std::size_t i = 0; i < page.figures.size(); ++i) {
    const auto narrow = [&](std::size_t k) {
      return k < page.figures.size() && page.figures[k]->width < 500;
    };
    View block;
    block.set("wide", false);
    block.set("pair", false);
    if (!narrow(i)) {
      block.set("wide", labelled(*page.figures[i]));
    } else {
      View items = list();
      const bool two = narrow(i + 1);
      for (std::size_t k = i; k < i + (two ? 2U : 1U); ++k) {
        View view = labelled(*page.figures[k]);
        view.set("class", std::string(!two ? "alone" : k == i ? "left" : "right"));
        items << view;
      }
      block.set("pair", View("items", items));
      if (two) ++i;
    }
    blocks << block;
  }
  return blocks;
}

}  // namespace

View task_section(const TaskPage& page, std::vector<ShownLayers>& shown) {
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
  section.set("figures", figure_blocks(page));
  const bool compares = task.task->kind != "probe" && task.runs.size() > 1;
  section.set("arms", compares ? arms_table(task) : View(false));
  section.set("layers", layers_view(task, title, shown));
  section.set("warnings", warnings(task));
  return section;
}

}  // namespace gradus::reports
