#include "framework/lab/overlay.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <span>

#include "framework/core/text.hpp"
#include "framework/lab/table.hpp"

namespace gradus::lab {
namespace {

constexpr const char* kScale = "epochs.scale";

void scale_integer(Node* node, double factor) {
  if (node == nullptr || !node->is(Node::Kind::integer)) return;  // a wrong type is reported later
  const double scaled = std::round(static_cast<double>(node->integer) * factor);
  node->integer = std::max<std::int64_t>(1, static_cast<std::int64_t>(std::min(scaled, 1e9)));
}

Node* child(Node* table, const char* key) { return table == nullptr ? nullptr : table->find(key); }

/// Times of a schedule need not be whole: its shape over the run stays.
void scale_time(Node* node, double factor) {
  if (node == nullptr) return;
  for (Node& item : node->items) scale_time(&item, factor);
  if (node->is(Node::Kind::integer)) node->number = static_cast<double>(node->integer);
  if (!node->is(Node::Kind::integer) && !node->is(Node::Kind::number)) return;
  node->kind = Node::Kind::number;
  node->number *= factor;
}

/// Rungs are whole epochs; those that fall together are one.
void scale_rungs(Node* rungs, double factor) {
  if (rungs == nullptr) return;
  for (Node& item : rungs->items) scale_integer(&item, factor);
  const auto same = [](const Node& a, const Node& b) {
    return a.is(Node::Kind::integer) && b.is(Node::Kind::integer) && a.integer == b.integer;
  };
  auto& items = rungs->items;
  items.erase(std::unique(items.begin(), items.end(), same), items.end());
}

constexpr const char* kTimes[] = {"every", "milestones", "period", "warmup"};

void scale_recipe(Node* recipe, double factor) {
  scale_integer(child(recipe, "epochs"), factor);
  for (const char* time : kTimes) scale_time(child(child(recipe, "schedule"), time), factor);
}

void scale_epochs(Node& root, double factor) {
  scale_recipe(root.find("recipe"), factor);
  Node* tasks = root.find("task");
  if (tasks == nullptr) return;
  for (Node& task : tasks->items) {
    scale_recipe(task.find("recipe"), factor);
    scale_rungs(child(task.find("stop_arms"), "rungs"), factor);
    for (const char* form : {"zip", "grid"}) {
      Node* axes = child(task.find("vary"), form);
      for (const char* time : kTimes) {
        scale_time(child(axes, (std::string("schedule.") + time).c_str()), factor);
        scale_time(child(child(axes, "schedule"), time), factor);
      }
      Node* list = child(axes, "epochs");
      if (list == nullptr) continue;
      for (Node& item : list->items) scale_integer(&item, factor);
    }
  }
}

/// Puts a value at a dotted path below `table`. Keys may hold dots themselves ("optimizer.lr"): the
/// longest key that exists wins. Missing tables are made; whether such keys may be is the reader's.
void assign(Node& table, std::span<const std::string> path, const Leaf& leaf, Problems& problems) {
  for (std::size_t n = path.size(); n > 0; --n) {
    const std::string key = join(path.first(n), ".");
    for (Entry& entry : table.entries) {
      if (entry.key != key) continue;
      if (n == path.size()) {
        entry.value = *leaf.value;
        entry.at = leaf.at;
      } else if (entry.value.is(Node::Kind::table)) {
        assign(entry.value, path.subspan(n), leaf, problems);
      } else {
        problems.add(leaf.at, leaf.path + ": found " + describe(entry.value) + " at '" + key +
                                  "', wanted a table there");
      }
      return;
    }
  }
  Entry entry{path.front(), leaf.at, {}};
  entry.value.at = leaf.at;
  if (path.size() == 1) {
    entry.value = *leaf.value;
  } else {
    assign(entry.value, path.subspan(1), leaf, problems);
  }
  table.entries.push_back(std::move(entry));
}

void apply_leaf(Node& root, const Leaf& leaf, Problems& problems) {
  const std::vector<std::string> path = split(leaf.path, '.');
  if (std::find(path.begin(), path.end(), "") != path.end()) {
    problems.add(leaf.at, "found the key '" + printable(leaf.path) +
                              "', wanted a dotted path such as recipe.epochs");
    return;
  }
  if (path.front() == "profile" || path.front() == "figure") {
    problems.add(leaf.at, "found the key '" + leaf.path +
                              "', wanted any key but those of [profile] and [[figure]]");
    return;
  }
  if (path.front() != "task" && path.front() != "rubric") {
    assign(root, path, leaf, problems);
    return;
  }
  std::vector<std::string> ids;
  Node* list = root.find(path.front());
  if (list != nullptr) {
    for (Node& item : list->items) {
      const Node* id = item.find("id");
      if (id == nullptr || !id->is(Node::Kind::text)) continue;
      ids.push_back(id->text);
      if (path.size() < 3 || id->text != path[1]) continue;
      assign(item, std::span(path).subspan(2), leaf, problems);
      return;
    }
  }
  if (path.size() < 3) {
    problems.add(leaf.at, "found the key '" + leaf.path + "', wanted " + path.front() + ".ID.KEY");
    return;
  }
  problems.add(leaf.at, "found the unknown " + path.front() + " '" + printable(path[1]) +
                            "', wanted one of " + enumerate(ids) + did_you_mean(path[1], ids));
}

double apply_leaves(Node& root, const std::vector<Leaf>& leaves, Problems& problems) {
  double scale = 1;
  for (const Leaf& leaf : leaves) {
    if (leaf.path == kScale &&
        check_value(*leaf.value, table_spec("profile").keys.front(), kScale, problems)) {
      const Node& factor = *leaf.value;
      scale = factor.is(Node::Kind::integer) ? static_cast<double>(factor.integer) : factor.number;
      scale_epochs(root, scale);
    }
  }
  for (const Leaf& leaf : leaves) {
    if (leaf.path != kScale) apply_leaf(root, leaf, problems);
  }
  return scale;
}

}  // namespace

double apply_profile(Node& root, const Node& profile, Problems& problems) {
  // An empty table is a leaf of nothing: `recipe = {}` changes nothing and is no mistake.
  const std::vector<Leaf> leaves = flatten(profile);
  // A dotted key and a quoted one with dots are two keys of TOML's, but one value of the lab's.
  std::set<std::string> seen;
  for (const Leaf& leaf : leaves) {
    if (!seen.insert(leaf.path).second)
      problems.add(leaf.at, "found the key '" + printable(leaf.path) + "' again, wanted it once");
  }
  return apply_leaves(root, leaves, problems);
}

double apply_overrides(Node& root,
                       const std::vector<std::pair<std::string, std::string>>& overrides,
                       Problems& problems) {
  std::vector<Node> values;
  values.reserve(overrides.size());  // leaves point into it
  std::vector<Leaf> leaves;
  for (const auto& [key, value] : overrides) {
    const Origin at{"--set " + printable(key, false, 100), 0, 0};
    values.push_back(parse_override_value(value, at));
    leaves.push_back({key, at, &values.back()});
  }
  return apply_leaves(root, leaves, problems);
}

}  // namespace gradus::lab
