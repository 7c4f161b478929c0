#include <algorithm>

#include "framework/core/text.hpp"
#include "framework/lab/parts.hpp"

namespace gradus::lab {
namespace {

template <class T>
const T* find(const std::vector<T>& all, const std::string& key, std::string T::*member) {
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const T& one) { return one.*member == key; });
  return found == all.end() ? nullptr : &*found;
}

template <class T>
std::vector<std::string> names(const std::vector<T>& all, std::string T::*member) {
  std::vector<std::string> list;
  for (const T& one : all) list.push_back(one.*member);
  return list;
}

std::string arm_text(const std::map<std::string, Json>& arm) {
  std::vector<std::string> parts;
  for (const auto& [key, value] : arm) {
    parts.push_back(key + " = " +
                    (value.is_number_float() ? number(value.get<double>()) : value.dump()));
  }
  return join(parts, ", ");
}

/// Reads a check's own keys, whose names may be dotted ("expect.total").
class OptionsReader {
 public:
  OptionsReader(const NamedSpec& check, const Task* task, const std::vector<Task>& tasks,
                std::string path, Problems& problems)
      : check_(check), task_(task), tasks_(tasks), path_(std::move(path)), problems_(problems) {}

  Json read(const Node& table, const std::vector<KeySpec>& common) {
    Json options = Json::object();
    read_level(table, "", common, options);
    return options;
  }

 private:
  void read_level(const Node& table, const std::string& prefix, const std::vector<KeySpec>& common,
                  Json& into) {
    for (const Entry& entry : table.entries) {
      if (prefix.empty() && find(common, entry.key, &KeySpec::name) != nullptr) continue;
      const std::string full = prefix + entry.key;
      const std::string subject = path_ + "." + full;
      if (const KeySpec* spec = find(check_.keys, full, &KeySpec::name)) {
        if (check_value(entry.value, *spec, subject, problems_))
          into[entry.key] = value(entry.value, *spec, subject);
        continue;
      }
      const bool is_group =
          std::any_of(check_.keys.begin(), check_.keys.end(),
                      [&](const KeySpec& spec) { return spec.name.starts_with(full + "."); });
      if (!is_group) {
        unknown(entry, full, common);
      } else if (!entry.value.is(Node::Kind::table)) {
        problems_.add(entry.value.at,
                      subject + ": found " + describe(entry.value) + ", wanted a table");
      } else {
        into[entry.key] = Json::object();
        read_level(entry.value, full + ".", common, into[entry.key]);
      }
    }
  }

  void unknown(const Entry& entry, const std::string& full, const std::vector<KeySpec>& common) {
    std::vector<std::string> known = key_names(check_.keys);
    std::vector<std::string> candidates = known;
    for (const KeySpec& key : common) candidates.push_back(key.name);
    problems_.add(entry.at, "found the unknown key '" + printable(full, false, 80) + "' in [" +
                                path_ + "], wanted a key of check '" + check_.name + "' (" +
                                enumerate(known) + ") or of every rubric item" +
                                did_you_mean(full, candidates));
  }

  Json value(const Node& node, const KeySpec& spec, const std::string& subject) {
    const Task none;
    switch (spec.type) {
      case ValueType::arm:
        return task_ == nullptr ? Json() : read_arm(node, *task_, subject, problems_);
      case ValueType::arms: {
        Json list = Json::array();
        for (const Node& item : node.items) {
          if (task_ != nullptr) list.push_back(read_arm(item, *task_, subject, problems_));
        }
        return list;
      }
      case ValueType::varied: {
        if (task_ == nullptr) return node.text;
        const auto& keys = task_->varied;
        if (std::find(keys.begin(), keys.end(), node.text) == keys.end()) {
          problems_.add(node.at, subject + ": found " + describe(node) + ", which task '" +
                                     task_->id + "' does not vary; wanted one of " +
                                     enumerate(keys) + did_you_mean(node.text, keys));
        }
        return node.text;
      }
      case ValueType::probes:
        return read_probes(node, subject);
      case ValueType::other_task:
        return read_other_task(node, subject);
      default:
        return json_of(node, spec);
    }
  }

  Json read_probes(const Node& node, const std::string& subject) {
    Json list = Json::array();
    const auto add = [&](const Node& name) {
      list.push_back(name.text);
      if (task_ == nullptr) return;
      const std::vector<std::string> known = lab::names(task_->probes, &ProbeSpec::name);
      if (std::find(known.begin(), known.end(), name.text) != known.end()) return;
      problems_.add(name.at, subject + ": found the probe '" + printable(name.text, false, 60) +
                                 "', which task '" + task_->id + "' does not list; wanted one of " +
                                 enumerate(known) + did_you_mean(name.text, known));
    };
    if (node.is(Node::Kind::text)) add(node);
    for (const Node& item : node.items) add(item);
    return list;
  }

  Json read_other_task(const Node& node, const std::string& subject) {
    std::vector<std::string> known;
    for (const Task& task : tasks_) {
      const bool fits = std::find(check_.task_kinds.begin(), check_.task_kinds.end(), task.kind) !=
                        check_.task_kinds.end();
      if (fits && (task_ == nullptr || task.id != task_->id)) known.push_back(task.id);
    }
    if (std::find(known.begin(), known.end(), node.text) == known.end()) {
      problems_.add(node.at, subject + ": found " + describe(node) +
                                 ", wanted another task of kind " + enumerate(check_.task_kinds) +
                                 ": one of " + enumerate(known) + did_you_mean(node.text, known));
    }
    return node.text;
  }

  const NamedSpec& check_;
  const Task* task_;
  const std::vector<Task>& tasks_;
  std::string path_;
  Problems& problems_;
};

/// Whether options hold a key whose name may be dotted.
bool holds(const Json& options, const std::string& dotted) {
  const Json* at = &options;
  for (const std::string& part : split(dotted, '.')) {
    if (!at->is_object() || !at->contains(part)) return false;
    at = &at->at(part);
  }
  return true;
}

void check_needs(const NamedSpec& check, const RubricItem& item, const Task* task,
                 const Table& table, Problems& problems) {
  const std::string path = table.path();
  for (const KeySpec& key : check.keys) {
    if (key.required && !holds(item.options, key.name)) {
      problems.add(table.origin(), path + ": found no '" + key.name + "', which check '" +
                                       check.name + "' needs; wanted " + wanted(key));
    }
  }
  const auto there = [&](const std::string& key) { return holds(item.options, key); };
  if (!check.one_of.empty() && std::none_of(check.one_of.begin(), check.one_of.end(), there)) {
    problems.add(table.origin(), path + ": found nothing that check '" + check.name +
                                     "' could fail on, wanted one of " + enumerate(check.one_of));
  }
  for (const auto& [key, needed] : check.together) {
    if (!there(key) || there(needed)) continue;
    problems.add(table.origin(),
                 path + ": found '" + key + "' without '" + needed + "', wanted both");
  }
  if (task == nullptr) return;
  const auto& kinds = check.task_kinds;
  if (!task->kind.empty() && std::find(kinds.begin(), kinds.end(), task->kind) == kinds.end()) {
    problems.add(table.at("check"), path + ": found check '" + check.name + "' on task '" +
                                        task->id + "' of kind \"" + task->kind +
                                        "\", wanted a task of kind " + enumerate(kinds));
  }
  for (const std::string& probe : check.needs_probes) {
    if (task->kind == "probe" && find(task->probes, probe, &ProbeSpec::name) == nullptr) {
      problems.add(table.at("check"), path + ": found check '" + check.name + "' on task '" +
                                          task->id + "', which does not list the probe '" + probe +
                                          "'; wanted it in its probes");
    }
  }
}

void read_partial(const Node& list, const Table& table, OptionsReader& reader, RubricItem& item,
                  Problems& problems) {
  const KeySpec points{.name = "points", .type = ValueType::number, .required = true, .min = 0};
  const std::string path = table.path() + ".partial";
  for (const Node& node : list.items) {
    if (!node.is(Node::Kind::table)) {
      problems.add(node.at, path + ": found " + describe(node) +
                                ", wanted tables {points, keys of the check}");
      continue;
    }
    const std::vector<KeySpec> common{points};
    const Table own(&node, path, common, problems, true);
    RubricItem::Partial partial;
    partial.points = own.number("points");
    const Json changes = reader.read(node, common);
    if (own.has("points") && partial.points >= item.points) {
      problems.add(own.at("points"), path + ".points: found " + number(partial.points) +
                                         ", wanted less than the item's " + number(item.points));
    }
    if (changes.empty())
      problems.add(node.at, path + ": found no key of the check, wanted a weaker condition");
    partial.options = item.options;
    partial.options.merge_patch(changes);
    item.partial.push_back(std::move(partial));
  }
}

const Task* task_of(const Table& table, const std::vector<Task>& tasks, Problems& problems) {
  if (!table.has("task")) return nullptr;
  const std::string name = table.text("task");
  const Task* task = task_named(tasks, name);
  if (task != nullptr && task->arms.empty())
    return nullptr;  // its arms are wrong and reported: no echoes
  if (task == nullptr) {
    const std::vector<std::string> known = names(tasks, &Task::id);
    problems.add(table.at("task"), table.path() + ".task: found the unknown task '" +
                                       printable(name, false, 60) + "', wanted one of " +
                                       enumerate(known) + did_you_mean(name, known));
  }
  return task;
}

}  // namespace

Json read_arm(const Node& node, const Task& task, const std::string& subject, Problems& problems) {
  Json arm = Json::object();
  for (const Leaf& leaf : flatten(node)) {
    if (std::find(task.varied.begin(), task.varied.end(), leaf.path) == task.varied.end()) {
      problems.add(leaf.at, subject + ": found the key '" + printable(leaf.path, false, 80) +
                                "', which task '" + task.id + "' does not vary; wanted one of " +
                                enumerate(task.varied) + did_you_mean(leaf.path, task.varied));
      return arm;
    }
    const KeySpec& spec = *varied_key(leaf.path);
    if (!check_value(*leaf.value, spec, subject + ".\"" + leaf.path + "\"", problems)) return arm;
    arm[leaf.path] = json_of(*leaf.value, spec);
  }
  const bool known = std::any_of(task.arms.begin(), task.arms.end(), [&](const auto& candidate) {
    return std::all_of(arm.items().begin(), arm.items().end(),
                       [&](const auto& item) { return candidate.at(item.key()) == item.value(); });
  });
  if (!known) {
    std::vector<std::string> all;
    for (const auto& candidate : task.arms) all.push_back("{" + arm_text(candidate) + "}");
    problems.add(node.at, subject + ": found an arm that task '" + task.id +
                              "' does not have, wanted one of " +
                              printable(enumerate(all), false, 600));
  }
  return arm;
}

RubricItem read_rubric_item(const Node& node, const std::vector<Task>& tasks,
                            const Vocabulary& vocabulary, Problems& problems) {
  const std::vector<KeySpec>& common = table_spec("rubric").keys;
  const Node* id = node.find("id");
  const bool named = id != nullptr && id->is(Node::Kind::text);
  const Table table(&node, named ? "rubric." + printable(id->text, false, 60) : "rubric", common,
                    problems, true);
  RubricItem item;
  item.id = named ? id->text : "";
  item.title = table.has("title") ? table.text("title") : item.id;
  item.check = table.text("check");
  item.task = table.text("task");
  item.points = table.number("points");
  item.bonus = table.boolean("bonus");
  item.accept_claimed = table.boolean("accept_claimed");
  item.visibility = table.text("visibility");
  item.feedback = table.text("feedback");

  const Task* task = task_of(table, tasks, problems);
  const NamedSpec* check = spec_named(vocabulary.checks, item.check);
  if (check == nullptr) {
    if (table.has("check")) {
      const std::vector<std::string> known = names(vocabulary.checks, &NamedSpec::name);
      problems.add(table.at("check"), table.path() + ".check: found the unknown check '" +
                                          printable(item.check, false, 60) + "', wanted one of " +
                                          enumerate(known) + did_you_mean(item.check, known));
    }
    return item;
  }
  OptionsReader reader(*check, task, tasks, table.path(), problems);
  const std::size_t before = problems.added();
  item.options = reader.read(node, common);
  if (problems.added() == before) check_needs(*check, item, task, table, problems);
  if (const Node* partial = table.get("partial"))
    read_partial(*partial, table, reader, item, problems);
  return item;
}

FigureSpec read_figure(const Node& node, const std::vector<Task>& tasks, Problems& problems) {
  const Table table(&node, "figure", table_spec("figure").keys, problems);
  FigureSpec figure{table.text("kind"),    table.text("task"), table.text("title"),
                    table.text("caption"), table.text("key"),  table.text("visibility")};
  const Task* task = task_of(table, tasks, problems);
  if (figure.kind != "sweep") {
    if (table.has("key"))
      problems.add(table.at("key"), "figure.key: found a key for a figure of kind \"" +
                                        figure.kind + "\", wanted it only for a sweep");
    return figure;
  }
  if (task == nullptr) return figure;
  if (task->varied.empty()) {
    problems.add(table.at("task"), "figure.task: found task '" + task->id +
                                       "', which varies nothing; wanted a sweep");
  } else if (figure.key.empty()) {
    figure.key = task->varied.front();
  } else if (std::find(task->varied.begin(), task->varied.end(), figure.key) ==
             task->varied.end()) {
    problems.add(table.at("key"), "figure.key: found " + describe(*table.get("key")) +
                                      ", which task '" + task->id +
                                      "' does not vary; wanted one of " + enumerate(task->varied) +
                                      did_you_mean(figure.key, task->varied));
  }
  return figure;
}

}  // namespace gradus::lab
