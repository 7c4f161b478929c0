// The section of one task.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "framework/core/text.hpp"
#include "framework/record/recipe_json.hpp"
#include "reports/html/view.hpp"
#include "reports/model/arm_view.hpp"
#include "reports/model/words.hpp"

namespace gradus::reports {
namespace {

View cell(const std::string& name, const std::string& value, const std::string& trust,
          const std::string& detail) {
  View view;
  view.set("name", name);
  view.set("value", value);
  view.set("trust", trust);
  view.set("detail", maybe(detail));
  return view;
}

/// "66.86 %" or, of several trials, "66.30 ± 0.41 %".
std::string accuracy_text(const std::optional<Spread>& spread) {
  return spread ? spread_text(spread) + "\u00A0%" : "–";
}

/// "epoch 7" of one run; of several trials how many the mean is over.
std::string over_text(const std::optional<Spread>& spread, const std::string& of_one_run) {
  return spread && spread->n > 1 ? fmt::format("mean of {} trials", spread->n) : of_one_run;
}

/// What the document reached and how far we are from it, which after less training would say
/// nothing of the network; false where it says nothing.
View document_cell(const TaskView& task, const ArmView& arm, const Spread& best) {
  if (!arm.reported) return View(false);
  const bool less = task.reported && task.reported->trained_less;
  return cell("in the document", percent(*arm.reported), "",
              less ? "trained for less here"
                   : fmt::format("{} here: {:+.1f} points", best.n > 1 ? "mean" : "best",
                                 (best.mean - *arm.reported) * 100));
}

/// Whose answers the test figures are: those of the weights that the recipe keeps.
std::string test_title(const Json& plan) {
  if (!plan.is_object() || !plan.contains("recipe")) return "test";
  const auto recipe = recipe_from_json(plan.at("recipe"));
  return recipe.ok() ? "test, " + recipe->keep + " weights" : "test";
}

/// Accuracies of a task with one arm, at a glance; false where it has none. Of several trials the
/// mean, as the rubric has it: the best of them would say more than the recipe gives.
View key_figures(const TaskView& task) {
  const RunView* run = task.main_run();
  if (task.sweep() || !run || !run->best_val()) return View(false);
  const ArmView arm = arms_of(task).front();
  const Evidence& e = run->folder->evidence;
  const std::string recomputed = trust_sign(Trust::recomputed);
  const auto best = arm.spread(&RunView::best_val);
  View cells = list();
  cells << cell("best validation", accuracy_text(best), recomputed,
                over_text(best, e.best_epoch ? fmt::format("epoch {}", *e.best_epoch) : ""));
  if (const View document = document_cell(task, arm, *best); !document.is_false())
    cells << document;
  if (const auto test = arm.test()) {
    const auto pictures = e.scores.find("test");
    cells << cell(test_title(e.plan), accuracy_text(test), recomputed,
                  pictures == e.scores.end()
                      ? ""
                      : fmt::format("{} pictures", with_commas(pictures->second.count)));
  }
  if (const auto mirror = arm.score("test_mirror")) {
    cells << cell("with mirror images", accuracy_text(mirror), recomputed,
                  "mean of two probabilities");
  }
  const std::string last = e.epochs.empty() ? "" : fmt::format("epoch {}", e.epochs.back().epoch);
  cells << cell("last validation", accuracy_text(arm.spread(&RunView::final_val)), recomputed,
                last);
  const bool all_recomputed = std::all_of(arm.runs.begin(), arm.runs.end(), [](const RunView* one) {
    return !one->final_train() || one->train_is_recomputed();
  });
  const std::string trust = trust_sign(all_recomputed ? Trust::recomputed : Trust::claimed);
  cells << cell("last train", accuracy_text(arm.spread(&RunView::final_train)), trust, last);
  const auto gap = arm.spread(&RunView::gap);
  cells << cell("train − validation", gap ? spread_text(gap, 1) + " points" : "–", trust,
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
