// Tasks and figures that nobody sees, a recipe that nobody takes, images larger than they are,
// batches of more images than there are, or of one.

#include <algorithm>

#include "framework/core/text.hpp"
#include "framework/lab/lint.hpp"
#include "framework/lab/parts.hpp"

namespace gradus::lab {
namespace {

/// Sizes of input.resize against those of the data set.
void lint_sizes(const Lint& lint) {
  const auto height = lint.vocabulary.heights.find(lint.lab.data.name);
  if (height == lint.vocabulary.heights.end()) return;
  for (std::size_t i = 0; i < lint.lab.tasks.size(); ++i) {
    const Task& task = lint.lab.tasks[i];
    for (const auto& arm : task.arms) {
      const std::string found = misfit(run_of_arm(task, arm).input, height->second);
      if (found.empty()) continue;
      const Node& node = item_of(lint.root, "task", i);
      const Node* own = node.find("input");
      const bool ours = own != nullptr && own->find("resize") != nullptr;
      const bool varied = arm.contains("input.resize");
      lint.errors.add(
          varied ? place_of(node, "vary") : place_of(ours ? node : lint.root, "input.resize"),
          "task." + task.id + ": " + found);
      break;
    }
  }
}

/// Batches that are not what their number says. Once: what is too small is often so for all.
void lint_batches(const Lint& lint) {
  const std::int64_t split = lint.lab.data.split.train;
  for (std::size_t i = 0; i < lint.lab.tasks.size(); ++i) {
    const Task& task = lint.lab.tasks[i];
    if (task.kind != "train") continue;
    const std::int64_t images = task.train_images > 0 ? task.train_images : split;
    for (const auto& arm : task.arms) {
      const std::int64_t batch = run_of_arm(task, arm).recipe.batch;
      const bool larger = batch > images, one = batch > 1 && images % batch == 1;
      if (!larger && !one) continue;
      lint.warnings.add(
          item_of(lint.root, "task", i).at,
          "task." + task.id + ": found batches of " + with_commas(batch) + " images of " +
              with_commas(images) +
              (larger ? ", so that every epoch is one step with all of them; wanted a smaller "
                        "batch or more images"
                      : ", so that each epoch's last batch is a single image, for which batch norm "
                        "behind a global pool has no variance; wanted a rest of more than one"));
      return;
    }
  }
}

}  // namespace

void lint_tasks(const Lint& lint) {
  lint_sizes(lint);
  lint_batches(lint);
  const Lab& lab = lint.lab;
  for (std::size_t i = 0; i < lab.tasks.size(); ++i) {
    const auto of_task = [&](const auto& one) { return one.task == lab.tasks[i].id; };
    if (std::any_of(lab.rubric.begin(), lab.rubric.end(), of_task) ||
        std::any_of(lab.figures.begin(), lab.figures.end(), of_task))
      continue;
    lint.warnings.add(item_of(lint.root, "task", i).at,
                      "task." + lab.tasks[i].id +
                          ": found no rubric item and no figure that looks at it, wanted one");
  }
  for (std::size_t i = 0; i < lab.figures.size(); ++i) {
    const FigureSpec& figure = lab.figures[i];
    const Task* task = task_named(lab.tasks, figure.task);
    if (task == nullptr || task->kind != "probe") continue;
    if (figure.kind != "curves" && figure.kind != "confusion") continue;
    lint.errors.add(place_of(item_of(lint.root, "figure", i), "kind"),
                    "figure.kind: found \"" + figure.kind + "\" of task '" + task->id +
                        "', which trains nothing; wanted a task of kind \"train\"");
  }
  const bool taken = std::any_of(lab.tasks.begin(), lab.tasks.end(),
                                 [](const Task& task) { return task.own_recipe; });
  // A profile may take it from no task on purpose, to bound what it costs.
  const bool written = std::any_of(
      lint.original.find("task")->items.begin(), lint.original.find("task")->items.end(),
      [](const Node& task) { return task.find("recipe_from") != nullptr; });
  if (!lab.own_recipe.allowed.empty() && !taken && !written) {
    lint.errors.add(place_of(lint.root, "submission.recipe"),
                    "submission.recipe: found a recipe that no task takes, wanted recipe_from = "
                    "\"submission\" in a task");
  }
}

}  // namespace gradus::lab
