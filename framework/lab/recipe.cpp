// Values of [recipe], by key: from a table, from a task's own table, from an arm.

#include <functional>
#include <type_traits>

#include "framework/lab/parts.hpp"
#include "framework/lab/schema.hpp"

namespace gradus::lab {
namespace {

using Setter = std::function<void(Recipe&, const Json&)>;

template <class T>
void put(T& target, const Json& value) {
  if constexpr (std::is_same_v<T, std::vector<std::string>>) {
    target = value.is_string() ? T{value.get<std::string>()} : value.get<T>();
  } else {
    target = value.get<T>();
  }
}

template <class T>
Setter to(T Recipe::*field) {
  return [field](Recipe& recipe, const Json& value) { put(recipe.*field, value); };
}
template <class Part, class T>
Setter to(Part Recipe::*part, T Part::*field) {
  return [part, field](Recipe& recipe, const Json& value) { put(recipe.*part.*field, value); };
}

const std::map<std::string, Setter>& setters() {
  constexpr auto o = &Recipe::optimizer;
  constexpr auto s = &Recipe::schedule;
  constexpr auto e = &Recipe::early_stop;
  static const std::map<std::string, Setter> table = {
      {"epochs", to(&Recipe::epochs)},
      {"batch", to(&Recipe::batch)},
      {"loss", to(&Recipe::loss)},
      {"label_smoothing", to(&Recipe::label_smoothing)},
      {"l1", to(&Recipe::l1)},
      {"l2", to(&Recipe::l2)},
      {"penalize", to(&Recipe::penalize)},
      {"clip_value", to(&Recipe::clip_value)},
      {"clip_norm", to(&Recipe::clip_norm)},
      {"init", to(&Recipe::init)},
      {"init_layers", to(&Recipe::init_layers)},
      {"keep", to(&Recipe::keep)},
      {"optimizer.name", to(o, &Optimizer::name)},
      {"optimizer.lr", to(o, &Optimizer::lr)},
      {"optimizer.momentum", to(o, &Optimizer::momentum)},
      {"optimizer.nesterov", to(o, &Optimizer::nesterov)},
      {"optimizer.weight_decay", to(o, &Optimizer::weight_decay)},
      {"optimizer.sgd_lr", to(o, &Optimizer::sgd_lr)},
      {"optimizer.decays", to(o, &Optimizer::decays)},
      {"optimizer.beta1", to(o, &Optimizer::beta1)},
      {"optimizer.beta2", to(o, &Optimizer::beta2)},
      {"optimizer.rho", to(o, &Optimizer::rho)},
      {"optimizer.eps", to(o, &Optimizer::eps)},
      {"schedule.name", to(s, &Schedule::name)},
      {"schedule.per", to(s, &Schedule::per)},
      {"schedule.factor", to(s, &Schedule::factor)},
      {"schedule.every", to(s, &Schedule::every)},
      {"schedule.milestones", to(s, &Schedule::milestones)},
      {"schedule.factors", to(s, &Schedule::factors)},
      {"schedule.interpolate", to(s, &Schedule::interpolate)},
      {"schedule.period", to(s, &Schedule::period)},
      {"schedule.min_lr", to(s, &Schedule::min_lr)},
      {"schedule.warmup", to(s, &Schedule::warmup)},
      {"schedule.warmup_from", to(s, &Schedule::warmup_from)},
      {"schedule.rise", to(s, &Schedule::rise)},
      {"schedule.start", to(s, &Schedule::start)},
      {"schedule.end", to(s, &Schedule::end)},
      {"schedule.anneal", to(s, &Schedule::anneal)},
      {"schedule.patience", to(s, &Schedule::patience)},
      {"schedule.monitor", to(s, &Schedule::monitor)},
      {"schedule.min_delta", to(s, &Schedule::min_delta)},
      {"early_stop.patience", to(e, &EarlyStop::patience)},
      {"early_stop.monitor", to(e, &EarlyStop::monitor)},
      {"early_stop.min_delta", to(e, &EarlyStop::min_delta)},
  };
  return table;
}

}  // namespace

bool set_recipe_value(Recipe& recipe, const std::string& key, const Json& value) {
  const auto setter = setters().find(key);
  if (setter == setters().end()) return false;
  setter->second(recipe, value);
  return true;
}

void read_recipe(const Node* node, const std::string& path, bool fallbacks, Recipe& recipe,
                 Problems& problems) {
  const auto take = [&](const Table& table, const std::vector<KeySpec>& keys,
                        const std::string& prefix) {
    for (const KeySpec& key : keys) {
      if (key.type == ValueType::table) continue;
      if (const Node* value = table.get(key.name)) {
        set_recipe_value(recipe, prefix + key.name, json_of(*value, key));
      } else if (fallbacks && !key.fallback.is_null()) {
        set_recipe_value(recipe, prefix + key.name, key.fallback);
      }
    }
  };
  const std::vector<KeySpec>& own = table_spec("recipe").keys;
  const Table table(node, path, own, problems);
  take(table, own, "");
  for (const std::string& part : recipe_parts()) {
    const std::vector<KeySpec>& keys = table_spec("recipe." + part).keys;
    take(Table(table.get(part), path + "." + part, keys, problems), keys, part + ".");
  }
}

}  // namespace gradus::lab
