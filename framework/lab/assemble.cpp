#include <algorithm>
#include <set>

#include "framework/core/text.hpp"
#include "framework/lab/own_recipe.hpp"
#include "framework/lab/parts.hpp"

namespace gradus::lab {
namespace {

const std::vector<KeySpec>& keys(std::string_view path) { return table_spec(path).keys; }

void read_data(const Node* node, const Vocabulary& vocabulary, Lab& lab, InputSpec& input,
               Problems& problems) {
  const Table data(node, "data", keys("data"), problems);
  lab.data.name = data.text("name");
  const auto& known = vocabulary.datasets;
  if (data.has("name") && !known.empty() &&
      std::find(known.begin(), known.end(), lab.data.name) == known.end()) {
    problems.add(data.at("name"), "data.name: found " + describe(*data.get("name")) +
                                      ", wanted one of " + enumerate(known) +
                                      did_you_mean(lab.data.name, known));
  }
  const Table split(data.get("split"), "data.split", keys("data.split"), problems);
  lab.data.split = {split.integer("train"), split.integer("val"),
                    static_cast<std::uint64_t>(split.integer("seed"))};
  const Table normalize(data.get("normalize"), "data.normalize", keys("data.normalize"), problems);
  input.mean = normalize.numbers("mean");
  input.std = normalize.numbers("std");
  if (normalize.has("mean") && normalize.has("std") && input.mean.size() != input.std.size()) {
    problems.add(normalize.at("std"),
                 "data.normalize.std: found " + describe(*normalize.get("std")) +
                     ", wanted as many as means: " + std::to_string(input.mean.size()));
  }
}

void read_submission(const Node* node, Lab& lab, Problems& problems) {
  const Table submission(node, "submission", keys("submission"), problems);
  lab.reference = submission.texts("reference");
  const KeySpec name{.name = "reference", .type = ValueType::identifier};
  if (const Node* reference = submission.get("reference")) {
    for (const Node& item : reference->items)
      check_value(item, name, "submission.reference", problems);
    if (reference->is(Node::Kind::text))
      check_value(*reference, name, "submission.reference", problems);
  }
  for (const std::string kind : {"model", "activation", "augmentation"}) {
    const Table of_kind(submission.get(kind), "submission." + kind, keys("submission.KIND"),
                        problems);
    if (of_kind.boolean("required")) lab.required_kinds.push_back(kind);
  }
  if (const Node* recipe = submission.get("recipe"))
    lab.own_recipe = read_own_recipe_rules(*recipe, problems);
  lab.prebuilt_allowed = submission.boolean("prebuilt");
}

void read_run(const Node* node, Lab& lab, Defaults& defaults, Problems& problems) {
  const Table run(node, "run", keys("run"), problems);
  lab.seed = static_cast<std::uint64_t>(run.integer("seed"));
  lab.threads = run.integer("threads");
  lab.precision = run.text("precision");
  lab.memory_format = run.text("memory_format");
  lab.engine = run.text("engine");
  lab.device = run.text("device");
  lab.gpu_memory_mib = run.integer("gpu_memory_mib");
  lab.complete = run.boolean("complete");
  lab.train_images = defaults.train_images = run.integer("train_images");
  defaults.trials = run.integer("trials");
  const Table limits(run.get("limits"), "run.limits", keys("run.limits"), problems);
  lab.limits = {limits.integer("cpu_s"), limits.integer("wall_s"), limits.integer("memory_mib"),
                limits.integer("scratch_mib")};
}

void refuse_twice(const Node* list, const char* what, Problems& problems) {
  std::set<std::string> seen;
  if (list == nullptr) return;
  for (const Node& item : list->items) {
    const Node* id = item.find("id");
    if (id != nullptr && id->is(Node::Kind::text) && !seen.insert(id->text).second) {
      problems.add(id->at, std::string("found a second ") + what + " '" +
                               printable(id->text, false, 60) + "', wanted every id once");
    }
  }
}

/// True for a table; else says so.
bool is_table(const Node& node, const char* list, Problems& problems) {
  if (node.is(Node::Kind::table)) return true;
  problems.add(node.at, std::string(list) + ": found " + describe(node) + ", wanted [[" + list +
                            "]] tables");
  return false;
}

void check_sizes(const Lab& lab, const Node* tasks, Problems& problems) {
  const auto check = [&](std::int64_t images, const Origin& at, const std::string& subject) {
    if (lab.data.split.train > 0 && images > lab.data.split.train) {
      problems.add(
          at, subject + ": found the integer " + std::to_string(images) +
                  ", wanted at most data.split.train: " + std::to_string(lab.data.split.train));
    }
  };
  for (std::size_t i = 0; tasks != nullptr && i < lab.tasks.size() && i < tasks->items.size();
       ++i) {
    const Node* own = tasks->items[i].find("train_images");
    check(lab.tasks[i].train_images, own != nullptr ? own->at : tasks->items[i].at,
          "task." + lab.tasks[i].id + ".train_images");
  }
}

/// What only makes sense with something in another table: a task that takes a recipe which nobody
/// may set, an arm that such a recipe would fight, a due date that does not exist.
void check_together(const Lab& lab, const Node& root, Problems& problems) {
  const auto at = [&](const char* list, std::size_t index, const char* key) -> const Origin& {
    const Node& item = root.find(list)->items[index];
    const Node* value = item.find(key);
    return value != nullptr ? value->at : item.at;
  };
  const auto due = [&](const std::string& visibility, const Origin& place,
                       const std::string& what) {
    if (visibility == "after_due_date" && lab.due.empty()) {
      problems.add(place, what +
                              ".visibility: found \"after_due_date\" in a lab without a due date"
                              ", wanted lab.due = a date and time with an offset");
    }
  };
  for (std::size_t i = 0; i < lab.tasks.size(); ++i) {
    const Task& task = lab.tasks[i];
    due(task.visibility, at("task", i, "visibility"), "task." + task.id);
    if (!task.own_recipe) continue;
    const std::string path = "task." + task.id;
    const auto& allowed = lab.own_recipe.allowed;
    if (allowed.empty()) {
      problems.add(at("task", i, "recipe_from"),
                   path +
                       ".recipe_from: found \"submission\" in a lab that lets a submission set "
                       "nothing, wanted [submission] recipe = { allowed = [...] }");
    }
    for (const std::string& key : task.varied) {
      if (std::find(allowed.begin(), allowed.end(), key) == allowed.end()) continue;
      problems.add(at("task", i, "vary"), path + ".vary: found '" + key +
                                              "', which a submission's recipe may set too; wanted "
                                              "it in one of them");
    }
    if (task.kind == "probe") {
      problems.add(at("task", i, "recipe_from"),
                   path +
                       ".recipe_from: found \"submission\" in a probe task, wanted it in a task "
                       "of kind \"train\"");
    }
  }
  for (std::size_t i = 0; i < lab.rubric.size(); ++i)
    due(lab.rubric[i].visibility, at("rubric", i, "visibility"), "rubric." + lab.rubric[i].id);
  for (std::size_t i = 0; i < lab.figures.size(); ++i)
    due(lab.figures[i].visibility, at("figure", i, "visibility"), "figure");
}

}  // namespace

Lab assemble(const Node& root, const Vocabulary& vocabulary, Problems& problems) {
  Lab lab;
  Defaults defaults;
  defaults.root = &root;
  const Table top(&root, "", keys(""), problems);
  const Table about(top.get("lab"), "lab", keys("lab"), problems);
  lab.id = about.text("id");
  lab.title = about.has("title") ? about.text("title") : lab.id;
  lab.due = about.text("due");
  lab.cap = about.number("cap");
  lab.text = about.text("text");
  read_data(top.get("data"), vocabulary, lab, defaults.input, problems);
  read_submission(top.get("submission"), lab, problems);
  read_recipe(top.get("recipe"), "recipe", true, defaults.recipe, problems);
  read_input(top.get("input"), "input", defaults.input, problems);
  read_run(top.get("run"), lab, defaults, problems);
  const Table exam(top.get("exam"), "exam", keys("exam"), problems);
  lab.exam_val_images = exam.integer("val_images");
  lab.exam_train_images = exam.integer("train_images");
  lab.exam_mirror = exam.boolean("mirror");

  const Node* tasks = top.get("task");
  const Node* rubric = top.get("rubric");
  refuse_twice(tasks, "task", problems);
  refuse_twice(rubric, "rubric item", problems);
  if (tasks != nullptr) {
    if (tasks->items.empty())
      problems.add(tasks->at, "found no task, wanted at least one [[task]]");
    for (const Node& node : tasks->items) {
      if (is_table(node, "task", problems))
        lab.tasks.push_back(read_task(node, defaults, vocabulary, problems));
    }
  }
  if (rubric != nullptr) {
    for (const Node& node : rubric->items) {
      if (!is_table(node, "rubric", problems)) continue;
      lab.rubric.push_back(read_rubric_item(node, lab.tasks, vocabulary, problems));
    }
  }
  if (const Node* figures = top.get("figure")) {
    for (const Node& node : figures->items) {
      if (is_table(node, "figure", problems))
        lab.figures.push_back(read_figure(node, lab.tasks, problems));
    }
  }
  if (problems.empty()) {  // else the lists may not be side by side with the file's
    check_sizes(lab, tasks, problems);
    check_together(lab, root, problems);
  }
  return lab;
}

}  // namespace gradus::lab
