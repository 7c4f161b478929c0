// A submission's own recipe: what a lab allows, and what a recipe.toml says.

#include "framework/lab/own_recipe.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "framework/core/text.hpp"
#include "framework/lab/parts.hpp"
#include "framework/lab/schema.hpp"

namespace gradus::lab {
namespace {

constexpr const char* kCure =
    "Mend recipe.toml, or remove it: where it says nothing, the lab's recipe stands.";

bool contains(const std::vector<std::string>& all, const std::string& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

std::vector<std::string> keys_below(const std::string& group) {
  std::vector<std::string> keys;
  for (const std::string& key : own_recipe_keys()) {
    if (key.starts_with(group + ".")) keys.push_back(key);
  }
  return keys;
}

std::vector<std::string> groups() {
  std::vector<std::string> all = recipe_parts();
  all.emplace_back("input");
  return all;
}

bool numeric(const KeySpec& spec) {
  return spec.type == ValueType::integer || spec.type == ValueType::number;
}

double value_of(const Node& node) {
  return node.is(Node::Kind::integer) ? static_cast<double>(node.integer) : node.number;
}

void read_budget(const Node& table, OwnRecipeRules& rules, Problems& problems) {
  for (const Leaf& leaf : flatten(table)) {
    const std::string subject = "submission.recipe.budget." + leaf.path;
    if (!contains(rules.allowed, leaf.path)) {
      problems.add(leaf.at, "submission.recipe.budget: found the key '" +
                                printable(leaf.path, false, 80) +
                                "', wanted one that 'allowed' names: " + enumerate(rules.allowed) +
                                did_you_mean(leaf.path, rules.allowed));
      continue;
    }
    const KeySpec& spec = *varied_key(leaf.path);
    if (!numeric(spec)) {
      problems.add(leaf.at, subject + ": found a budget for " + wanted(spec) +
                                ", wanted a key whose value is a number");
    } else if (check_value(*leaf.value, spec, subject, problems)) {
      rules.budget[leaf.path] = value_of(*leaf.value);
    }
  }
}

/// One value of a recipe.toml.
void read_value(const Leaf& leaf, const OwnRecipeRules& rules, OwnRecipe& own, Problems& problems) {
  const std::string shown = printable(leaf.path, false, 80);
  if (contains(groups(), leaf.path)) {
    problems.add(leaf.at,
                 shown + ": found " + describe(*leaf.value) + ", wanted a table [" + shown + "]");
    return;
  }
  if (!contains(rules.allowed, leaf.path)) {
    const bool exists = contains(own_recipe_keys(), leaf.path);
    const std::string word = leaf.path.starts_with("recipe.") ? leaf.path.substr(7) : leaf.path;
    const bool only_prefix = word != leaf.path && contains(rules.allowed, word);
    problems.add(leaf.at, "found the key '" + shown + "'" +
                              (exists ? ", which this lab does not let a submission set" : "") +
                              ", wanted one of " + enumerate(rules.allowed) +
                              (only_prefix ? " (did you mean '" + word + "'?)"
                                           : did_you_mean(word, rules.allowed)));
    return;
  }
  const KeySpec& spec = *varied_key(leaf.path);
  if (!check_value(*leaf.value, spec, shown, problems)) return;
  const auto budget = rules.budget.find(leaf.path);
  if (budget != rules.budget.end() && value_of(*leaf.value) > budget->second) {
    problems.add(leaf.value->at, shown + ": found " + describe(*leaf.value) + ", wanted at most " +
                                     number(budget->second) + ", the lab's budget");
    return;
  }
  if (!own.values.emplace(leaf.path, json_of(*leaf.value, spec)).second)
    problems.add(leaf.at, "found the key '" + shown + "' again, wanted it once");
}

Json scaled(const std::string& key, const Json& value, double scale) {
  static const std::set<std::string> kTimes = {"schedule.every", "schedule.milestones",
                                               "schedule.period", "schedule.warmup"};
  if (key == "epochs") {
    const double epochs = std::round(static_cast<double>(value.get<std::int64_t>()) * scale);
    return std::max<std::int64_t>(1, static_cast<std::int64_t>(std::min(epochs, 1e9)));
  }
  if (!kTimes.contains(key)) return value;
  if (value.is_number()) return value.get<double>() * scale;
  Json list = Json::array();
  for (const Json& item : value) list.push_back(item.get<double>() * scale);
  return list;
}

/// The name in one of the tables whose other keys say how a named method or form works.
std::string named_in(const Recipe& recipe, const std::string& part) {
  if (part == "optimizer") return recipe.optimizer.name;
  return part == "schedule" ? recipe.schedule.name : "";
}

/// Tables that a recipe.toml begins anew, since it names another method or form there than the
/// recipe below it: the decay of one method, or the factor of one schedule, is a value that nobody
/// chose for another.
std::vector<std::string> begun_anew(const Recipe& below, const OwnRecipe& own) {
  std::vector<std::string> parts;
  for (const std::string& part : recipe_parts()) {
    const auto name = own.values.find(part + ".name");
    if (name != own.values.end() && name->second != Json(named_in(below, part)))
      parts.push_back(part);
  }
  return parts;
}

/// What the lab keeps to itself stays in a table that is begun anew.
void begin_anew(const std::string& part, const OwnRecipeRules& rules, RunPlan& run) {
  for (const KeySpec& key : table_spec("recipe." + part).keys) {
    const std::string path = part + "." + key.name;
    if (!contains(rules.allowed, path)) continue;
    set_varied(run, path, key.fallback.is_null() ? Json::array() : key.fallback);
  }
}

/// What a contradiction has to do with the lab, so that a student need not look for a value there
/// that does not count.
std::string origin_of(const std::string& key, const std::vector<std::string>& anew) {
  for (const std::string& part : anew) {
    if (key.starts_with(part + "."))
      return "with the lab's recipe and, since it names another " + part + ", the defaults of [" +
             part + "]: ";
  }
  return "with the lab's recipe: ";
}

}  // namespace

const std::vector<std::string>& own_recipe_keys() {
  static const std::vector<std::string> keys = [] {
    std::vector<std::string> all = varied_keys();
    std::erase_if(
        all, [](const std::string& key) { return key == "activation" || key == "augmentation"; });
    return all;
  }();
  return keys;
}

OwnRecipeRules read_own_recipe_rules(const Node& node, Problems& problems) {
  const Table table(&node, "submission.recipe", table_spec("submission.recipe").keys, problems);
  OwnRecipeRules rules;
  std::vector<std::string> candidates = own_recipe_keys();
  for (const std::string& group : groups()) candidates.push_back(group);
  if (const Node* allowed = table.get("allowed")) {
    const auto add = [&](const Node& item) {
      const std::vector<std::string> below = keys_below(item.text);
      if (contains(own_recipe_keys(), item.text)) {
        rules.allowed.push_back(item.text);
      } else if (contains(groups(), item.text)) {
        rules.allowed.insert(rules.allowed.end(), below.begin(), below.end());
      } else {
        problems.add(item.at, "submission.recipe.allowed: found " + describe(item) +
                                  ", wanted one of " + enumerate(candidates) +
                                  did_you_mean(item.text, candidates));
      }
    };
    if (allowed->is(Node::Kind::text)) add(*allowed);
    for (const Node& item : allowed->items) add(item);
  }
  if (const Node* budget = table.get("budget")) {
    read_budget(*budget, rules, problems);
  }
  if (contains(rules.allowed, "epochs") && !rules.budget.contains("epochs")) {
    problems.add(table.at("allowed"),
                 "submission.recipe: found epochs allowed without a budget, wanted budget = { "
                 "epochs = ... }: what a submission may cost");
  }
  return rules;
}

Result<OwnRecipe> read_own_recipe(const std::string& text, const std::string& file,
                                  const Lab& lab) {
  auto root = parse_document(text, file);
  if (!root.ok()) return submission_error(root.error().where, root.error().what, kCure);
  Problems problems;
  OwnRecipe own;
  own.text = text;
  for (const Leaf& leaf : flatten(*root)) read_value(leaf, lab.own_recipe, own, problems);
  if (problems.empty()) {
    Lab copy = lab;
    apply_own_recipe(copy, own);
    for (std::size_t i = 0; i < copy.tasks.size(); ++i) {
      const Task& task = copy.tasks[i];
      if (!task.own_recipe) continue;
      const std::vector<std::string> anew = begun_anew(lab.tasks[i].recipe, own);
      for (const auto& arm : task.arms) {
        const RunPlan run = run_of_arm(task, arm);
        auto found = contradictions(run);
        // Nobody knows how high images are before the data set has been opened.
        const std::string size = lab.data.height > 0 ? misfit(run.input, lab.data.height) : "";
        if (!size.empty()) found.push_back({"input.resize", size});
        for (const Contradiction& one : found)
          problems.add(place_of(*root, one.key), origin_of(one.key, anew) + one.what);
      }
    }
  }
  if (problems.empty()) return own;
  Error error = problems.error();
  error.fault = Fault::submission;
  error.cure = kCure;
  return error;
}

void apply_own_recipe(Lab& lab, const OwnRecipe& own) {
  for (Task& task : lab.tasks) {
    if (!task.own_recipe) continue;
    RunPlan run;
    run.recipe = task.recipe;
    run.input = task.input;
    for (const std::string& part : begun_anew(task.recipe, own))
      begin_anew(part, lab.own_recipe, run);
    for (const auto& [key, value] : own.values)
      set_varied(run, key, scaled(key, value, lab.epochs_scale));
    task.recipe = run.recipe;
    task.input = run.input;
  }
}

}  // namespace gradus::lab
