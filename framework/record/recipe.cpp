#include "framework/record/recipe.hpp"

#include <algorithm>

#include "framework/core/text.hpp"

namespace gradus {
namespace {

/// Whether its steps may look ahead along the momentum (nesterov).
bool may_look_ahead(const Optimizer& o) { return o.name == "sgd" || o.name == "muon"; }

bool ascending(const std::vector<double>& values) {
  return std::is_sorted(values.begin(), values.end());
}

bool strictly_ascending(const std::vector<double>& values) {
  return ascending(values) && std::adjacent_find(values.begin(), values.end()) == values.end();
}

/// A lowest rate above the rate would make the schedule rise.
void check_lowest(const Schedule& s, double lr, std::vector<Contradiction>& found) {
  if ((s.name != "cosine" && s.name != "plateau") || s.min_lr <= lr) return;
  found.push_back({"schedule.min_lr", "found schedule.min_lr " + number(s.min_lr) +
                                          " above optimizer.lr " + number(lr) +
                                          ", wanted a lowest rate of at most the rate"});
}

void check_schedule(const Schedule& s, std::vector<Contradiction>& found) {
  if (s.name != "multi_step" && s.name != "lambda") return;
  const std::string key = "schedule.milestones";
  if (s.milestones.empty()) {
    found.push_back(
        {key, "found the schedule " + s.name + " without milestones, wanted milestones = [...]"});
  } else if (!ascending(s.milestones)) {
    found.push_back({key, "found schedule.milestones out of order, wanted them ascending"});
  } else if (s.name == "lambda" && !strictly_ascending(s.milestones)) {
    found.push_back(
        {key, "found a milestone twice, wanted every point of the schedule lambda once"});
  }
  if (s.name == "lambda" && !s.milestones.empty() && s.milestones.size() != s.factors.size()) {
    found.push_back({"schedule.factors",
                     "found " + std::to_string(s.factors.size()) + " schedule.factors for " +
                         std::to_string(s.milestones.size()) + " milestones, wanted as many"});
  }
}

}  // namespace

bool needs_verdict(const Recipe& recipe) {
  return recipe.early_stop.patience > 0 || recipe.schedule.name == "plateau";
}

std::vector<Contradiction> contradictions(const Recipe& recipe) {
  std::vector<Contradiction> found;
  const Optimizer& o = recipe.optimizer;
  if (may_look_ahead(o) && o.nesterov && !(o.momentum > 0)) {
    found.push_back(
        {"optimizer.nesterov", "found nesterov without momentum, wanted a momentum above 0"});
  }
  for (const std::string& text : recipe.init_layers) {
    if (!layer_rule(text).initialiser.empty()) continue;
    found.push_back({"init_layers", "found init_layers entry '" + printable(text, false, 80) +
                                        "', wanted \"PATTERN: INITIALISER\" with one of " +
                                        join(initialiser_names(), ", ") + ", " +
                                        join(constant_initialiser_names(), ", ")});
  }
  check_schedule(recipe.schedule, found);
  check_lowest(recipe.schedule, o.lr, found);
  // A step's rate is handed on as one number, from which the second rate follows.
  if (o.name == "muon" && o.lr == 0 && o.sgd_lr > 0) {
    found.push_back({"optimizer.lr", "found optimizer.lr 0 beside optimizer.sgd_lr " +
                                         number(o.sgd_lr) +
                                         ", wanted a rate above 0: with muon both follow it"});
  }
  return found;
}

std::string contradiction(const Recipe& recipe) {
  const auto found = contradictions(recipe);
  return found.empty() ? "" : found.front().what;
}

std::string summary(const Schedule& s) {
  std::string text = s.name;
  if (s.name == "step") text += " x" + number(s.factor) + " every " + number(s.every);
  if (s.name == "multi_step") {
    std::vector<std::string> at;
    for (const double milestone : s.milestones) at.push_back(number(milestone));
    text += " x" + number(s.factor) + " at " + join(at, ", ");
  }
  if (s.name == "exponential") text += " x" + number(s.factor);
  if (s.name == "plateau")
    text += " x" + number(s.factor) + ", patience " + std::to_string(s.patience);
  if (s.warmup > 0) text += ", warm-up " + number(s.warmup);
  return text;
}

std::string summary_of_extras(const Recipe& recipe) {
  std::vector<std::string> parts;
  const auto add = [&](const char* name, double value) {
    if (value != 0) parts.push_back(std::string(name) + " " + number(value));
  };
  const std::string all = recipe.penalize == "all" ? " on all parameters" : "";
  if (recipe.l1 != 0) parts.push_back("L1 " + number(recipe.l1) + all);
  if (recipe.l2 != 0) parts.push_back("L2 " + number(recipe.l2) + all);
  add("label smoothing", recipe.label_smoothing);
  add("gradient values to", recipe.clip_value);
  add("gradient norm to", recipe.clip_norm);
  if (recipe.early_stop.patience > 0) {
    parts.push_back("early stopping after " + std::to_string(recipe.early_stop.patience));
  }
  if (recipe.init != "model") parts.push_back("init " + recipe.init);
  if (!recipe.init_layers.empty()) {
    parts.push_back("init by layer " + join(recipe.init_layers, "; "));
  }
  if (recipe.keep != "best") parts.emplace_back("keeps the last weights");
  return join(parts, ", ");
}

std::string summary(const Recipe& recipe) {
  const Optimizer& o = recipe.optimizer;
  std::string text = o.name + ", lr " + number(o.lr);
  const auto add = [&](const char* name, double value) {
    if (value != 0) text += std::string(", ") + name + " " + number(value);
  };
  if (o.name == "muon") text += " (sgd " + number(o.sgd_lr) + ")";
  if (may_look_ahead(o) || o.name == "rmsprop") add("momentum", o.momentum);
  if (o.nesterov && may_look_ahead(o)) text += ", nesterov";
  add("weight decay", o.weight_decay);
  if (o.weight_decay != 0 && o.decays == "weights" && o.name != "muon") text += " of weights";
  if (recipe.schedule.name != "constant" || recipe.schedule.warmup > 0) {
    text += ", " + summary(recipe.schedule);
  }
  const std::string extras = summary_of_extras(recipe);
  return extras.empty() ? text : text + ", " + extras;
}

const std::vector<std::string>& optimizer_names() {
  static const std::vector<std::string> names = {"sgd",     "adam",     "adamw",
                                                 "rmsprop", "adadelta", "muon"};
  return names;
}

const std::vector<std::string>& schedule_names() {
  static const std::vector<std::string> names = {"constant", "step",   "multi_step", "exponential",
                                                 "cosine",   "lambda", "one_cycle",  "plateau"};
  return names;
}

const std::vector<std::string>& initialiser_names() {
  static const std::vector<std::string> names = {
      "model",     "lecun_normal", "lecun_uniform", "xavier_normal",  "xavier_uniform",
      "he_normal", "he_uniform",   "he_out_normal", "he_out_uniform", "pytorch"};
  return names;
}

const std::vector<std::string>& constant_initialiser_names() {
  static const std::vector<std::string> names = {"zeros", "ones"};
  return names;
}

bool fits_pattern(const std::string& name, const std::string& pattern) {
  // Greedy with one point to fall back to: linear in practice, no recursion.
  std::size_t n = 0, p = 0, star = std::string::npos, resume = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = n;
    } else if (p < pattern.size() && pattern[p] == name[n]) {
      ++p;
      ++n;
    } else if (star != std::string::npos) {
      p = star + 1;
      n = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

LayerRule layer_rule(const std::string& text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string::npos || colon == 0) return {};
  const std::size_t start = text.find_first_not_of(' ', colon + 1);
  LayerRule rule{text.substr(0, colon), start == std::string::npos ? "" : text.substr(start)};
  for (const auto* known : {&initialiser_names(), &constant_initialiser_names()}) {
    if (std::find(known->begin(), known->end(), rule.initialiser) != known->end()) return rule;
  }
  return {};
}

}  // namespace gradus
