#include <algorithm>
#include <set>

#include "framework/core/text.hpp"
#include "framework/lab/parts.hpp"

namespace gradus::lab {
namespace {

constexpr std::size_t kMostArms = 1000;  // a slip in a grid should not start a million trainings

void read_probe(const Node& node, const std::string& path, const Vocabulary& vocabulary, Task& task,
                Problems& problems) {
  const Node* name = node.is(Node::Kind::table) ? node.find("name") : &node;
  std::vector<std::string> known;
  for (const NamedSpec& spec : vocabulary.probes) known.push_back(spec.name);
  if (name == nullptr || !name->is(Node::Kind::text)) {
    problems.add(node.at, path + ": found " + describe(node) +
                              ", wanted a probe's name or a table {name = \"...\", its keys}");
    return;
  }
  const NamedSpec* spec = spec_named(vocabulary.probes, name->text);
  if (spec == nullptr) {
    problems.add(name->at, path + ": found the unknown probe '" + printable(name->text, false, 60) +
                               "', wanted one of " + enumerate(known) +
                               did_you_mean(name->text, known));
    return;
  }
  const auto same = [&](const ProbeSpec& other) { return other.name == spec->name; };
  if (std::any_of(task.probes.begin(), task.probes.end(), same)) {
    problems.add(name->at, path + ": found '" + spec->name + "' again, wanted every probe once");
    return;
  }
  const bool lacks = (spec->needs_plugin == "activation" && !task.activation) ||
                     (spec->needs_plugin == "augmentation" && !task.augmentation);
  if (lacks) {
    problems.add(name->at, path + ": found '" + spec->name + "', which looks at an " +
                               spec->needs_plugin + ", in a task that names none; wanted " +
                               spec->needs_plugin + " = \"...\" in the task");
  }
  ProbeSpec probe{spec->name, {}};
  for (const KeySpec& key : spec->keys) {
    const bool there = node.is(Node::Kind::table) && node.find(key.name) != nullptr;
    if (key.required && !node.is(Node::Kind::table) && !there) {
      problems.add(name->at, path + ": found '" + spec->name + "' without '" + key.name +
                                 "', wanted { name = \"" + spec->name + "\", " + key.name +
                                 " = ... }");
    }
  }
  if (node.is(Node::Kind::table)) {
    std::vector<KeySpec> keys = spec->keys;
    keys.push_back({.name = "name", .type = ValueType::text, .required = true});
    const Table table(&node, path + "." + spec->name, keys, problems);
    for (const KeySpec& key : spec->keys) {
      if (const Node* value = table.get(key.name)) probe.options[key.name] = json_of(*value, key);
    }
  }
  task.probes.push_back(std::move(probe));
}

/// One key with its values, in the file's order.
struct Axis {
  std::string key;
  const Node* values;
  const KeySpec* spec;
};

std::vector<Axis> read_axes(const Node& table, const std::string& path, Problems& problems) {
  std::vector<Axis> axes;
  for (const Leaf& leaf : flatten(table)) {
    const KeySpec* spec = varied_key(leaf.path);
    if (spec == nullptr) {
      problems.add(leaf.at, path + ": found the unknown key '" + printable(leaf.path, false, 80) +
                                "', wanted one of " + enumerate(varied_keys()) +
                                did_you_mean(leaf.path, varied_keys()));
      continue;
    }
    const std::string subject = path + ".\"" + leaf.path + "\"";
    if (!leaf.value->is(Node::Kind::list) || leaf.value->items.empty()) {
      problems.add(leaf.value->at,
                   subject + ": found " + describe(*leaf.value) + ", wanted a list of values");
      continue;
    }
    bool good = true;
    for (const Node& item : leaf.value->items)
      good = check_value(item, *spec, subject, problems) && good;
    if (good) axes.push_back({leaf.path, leaf.value, spec});
  }
  return axes;
}

using Arms = std::vector<std::map<std::string, Json>>;

Arms zip(const std::vector<Axis>& axes, const std::string& path, Problems& problems) {
  Arms arms;
  if (axes.empty()) return arms;
  const Axis& first = axes.front();
  for (const Axis& axis : axes) {
    if (axis.values->items.size() == first.values->items.size()) continue;
    problems.add(axis.values->at, path + ".\"" + axis.key + "\": found " + describe(*axis.values) +
                                      ", wanted " + std::to_string(first.values->items.size()) +
                                      " values, as many as \"" + first.key + "\" has");
    return arms;
  }
  for (std::size_t i = 0; i < first.values->items.size(); ++i) {
    std::map<std::string, Json> arm;
    for (const Axis& axis : axes) arm[axis.key] = json_of(axis.values->items[i], *axis.spec);
    arms.push_back(std::move(arm));
  }
  return arms;
}

Arms grid(const std::vector<Axis>& axes) {
  Arms arms{{}};
  for (const Axis& axis : axes) {
    Arms longer;
    for (const auto& arm : arms) {
      for (const Node& item : axis.values->items) {
        if (longer.size() > kMostArms) break;  // reported by the caller
        longer.push_back(arm);
        longer.back()[axis.key] = json_of(item, *axis.spec);
      }
    }
    arms = std::move(longer);
  }
  return arms;
}

void read_vary(const Node* node, const std::string& path, Task& task, Problems& problems) {
  if (node == nullptr) task.arms = {{}};
  if (node == nullptr) return;  // else no arms until they are found good
  const Table vary(node, path, table_spec("task.vary").keys, problems);
  if (vary.has("zip") == vary.has("grid")) {
    problems.add(vary.origin(), path + ": found " + (vary.has("zip") ? "both" : "neither") +
                                    " zip and grid, wanted one of them");
    return;
  }
  const std::string form = vary.has("zip") ? "zip" : "grid";
  const std::string inside = path + "." + form;
  const std::size_t before = problems.added();
  const std::vector<Axis> axes = read_axes(*vary.get(form), inside, problems);
  Arms arms = form == "zip" ? zip(axes, inside, problems) : grid(axes);
  if (problems.added() > before) return;
  if (axes.empty()) {
    problems.add(vary.at(form), inside + ": found no key, wanted at least one list of values");
  } else if (arms.size() > kMostArms) {
    problems.add(vary.at(form), inside + ": found more than " + std::to_string(kMostArms) +
                                    " arms, wanted at most so many");
  } else if (std::set(arms.begin(), arms.end()).size() < arms.size()) {
    problems.add(vary.at(form), inside + ": found two equal arms, wanted all of them to differ");
  } else {
    for (const Axis& axis : axes) task.varied.push_back(axis.key);
    task.arms = std::move(arms);
  }
}

void read_reported(const Node* node, const std::string& path, Task& task, Problems& problems) {
  if (node == nullptr) return;
  const Table table(node, path, table_spec("task.reported").keys, problems);
  const std::vector<double> figures = table.numbers("val_accuracy");
  if (table.has("val_accuracy") && figures.size() != task.arms.size() && !task.arms.empty()) {
    problems.add(table.at("val_accuracy"), path + ".val_accuracy: found " +
                                               std::to_string(figures.size()) +
                                               " numbers, wanted one for each of the " +
                                               std::to_string(task.arms.size()) + " arms");
  }
  task.reported = {{"val_accuracy", figures}, {"source", table.text("source")}};
}

/// Where a key of a recipe or of an input got its value, and whose it is: the arms', the task's, or
/// what all tasks inherit, which is then said once.
std::pair<Origin, std::string> source_of(const Node& node, const Defaults& defaults,
                                         const Task& task, const std::string& key) {
  const std::string own = "task." + task.id;
  if (std::find(task.varied.begin(), task.varied.end(), key) != task.varied.end())
    return {place_of(node, "vary"), own};
  const std::string path = key.starts_with("input.") ? key : "recipe." + key;
  if (at_path(node, path) != nullptr) return {place_of(node, path), own};
  if (at_path(*defaults.root, path) != nullptr)
    return {place_of(*defaults.root, path), path.substr(0, path.find('.'))};
  return {node.at, own};
}

/// What contradicts itself in an arm, each once.
void check_arms(const Task& task, const Node& node, const Defaults& defaults, Problems& problems) {
  std::set<std::string> said;
  for (const auto& arm : task.arms) {
    for (const Contradiction& one : contradictions(run_of_arm(task, arm))) {
      if (!said.insert(one.key).second) continue;
      const auto [at, subject] = source_of(node, defaults, task, one.key);
      problems.add(at, subject + ": " + one.what);
    }
  }
}

}  // namespace

PluginUse plugin_of(const std::string& kind, const Json& value) {
  PluginUse use;
  use.kind = kind;
  const std::string text =
      value.is_object() ? value.at("use").get<std::string>() : value.get<std::string>();
  const std::size_t colon = text.find(':');
  use.role = text.substr(0, colon);
  if (colon != std::string::npos) use.name = text.substr(colon + 1);
  if (value.is_object() && value.contains("options")) {
    for (const auto& [key, option] : value.at("options").items()) use.options[key] = option;
  }
  return use;
}

std::vector<Contradiction> contradictions(const RunPlan& run) {
  std::vector<Contradiction> found = gradus::contradictions(run.recipe);
  for (Contradiction& one : gradus::contradictions(run.input)) found.push_back(std::move(one));
  return found;
}

void set_varied(RunPlan& run, const std::string& key, const Json& value) {
  if (set_recipe_value(run.recipe, key, value)) return;
  if (set_input_value(run.input, key, value)) return;
  if (key == "activation")
    run.activation = plugin_of("activation", value);
  else if (key == "augmentation")
    run.augmentation = plugin_of("augmentation", value);
}

RunPlan run_of_arm(const Task& task, const std::map<std::string, Json>& arm) {
  RunPlan run;
  run.kind = task.kind;
  run.model = task.model;
  run.activation = task.activation;
  run.augmentation = task.augmentation;
  run.recipe = task.recipe;
  run.input = task.input;
  for (const auto& [key, value] : arm) set_varied(run, key, value);
  return run;
}

Task read_task(const Node& node, const Defaults& defaults, const Vocabulary& vocabulary,
               Problems& problems) {
  const Node* id = node.find("id");
  const bool named = id != nullptr && id->is(Node::Kind::text);
  const std::string path = named ? "task." + printable(id->text, false, 60) : "task";
  const Table table(&node, path, table_spec("task").keys, problems);
  Task task;
  task.id = named ? id->text : "";
  task.title = table.has("title") ? table.text("title") : task.id;
  task.text = table.text("text");
  task.own_recipe = table.text("recipe_from") == "submission";
  task.visibility = table.text("visibility");
  task.kind = table.text("kind");
  task.recipe = defaults.recipe;
  task.input = defaults.input;
  task.trials = table.has("trials") ? table.integer("trials") : defaults.trials;
  task.train_images =
      table.has("train_images") ? table.integer("train_images") : defaults.train_images;
  read_recipe(table.get("recipe"), path + ".recipe", false, task.recipe, problems);
  read_input(table.get("input"), path + ".input", task.input, problems);
  const Node* model = table.get("model");
  task.model = plugin_of("model", model != nullptr ? to_json(*model) : Json("submission"));
  if (const Node* use = table.get("activation"))
    task.activation = plugin_of("activation", to_json(*use));
  if (const Node* use = table.get("augmentation"))
    task.augmentation = plugin_of("augmentation", to_json(*use));

  const bool probing = task.kind == "probe";
  if (const Node* probes = table.get("probes")) {
    if (task.kind == "train") {
      problems.add(
          probes->at,
          path + ".probes: found probes in a train task, wanted them in a task of kind \"probe\"");
    }
    for (const Node& probe : probes->items)
      read_probe(probe, path + ".probes", vocabulary, task, problems);
  }
  if (probing && (!table.has("probes") || table.get("probes")->items.empty())) {
    problems.add(table.origin(),
                 path + ": found a probe task without probes, wanted probes = [...]");
  }
  if (probing && table.has("vary")) {
    problems.add(
        table.at("vary"),
        path + ".vary: found arms in a probe task, wanted them in a task of kind \"train\"");
  }
  read_vary(table.get("vary"), path + ".vary", task, problems);
  read_reported(table.get("reported"), path + ".reported", task, problems);
  read_stop_arms(table.get("stop_arms"), path + ".stop_arms", task, problems);
  check_arms(task, node, defaults, problems);
  return task;
}

}  // namespace gradus::lab
