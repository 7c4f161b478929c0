#include "framework/record/recipe_json.hpp"

#include <type_traits>

#include "framework/record/object_reader.hpp"

namespace gradus {
namespace {

// One list of fields a struct (visit()), walked by a writer and by a reader.

class Writer {
 public:
  template <class T>
  void always(const char* key, const T& value) {
    json_[key] = value;
  }
  template <class T>
  void extra(const char* key, const T& value, const T& standard) {
    if (value != standard) json_[key] = value;
  }
  Json take() { return std::move(json_); }

 private:
  Json json_ = Json::object();
};

class Reader {
 public:
  Reader(const Json& json, const std::string& where) : reader_(json, where) {}
  template <class T>
  void always(const char* key, T& value) {
    reader_.required(key, value);
  }
  template <class T>
  void extra(const char* key, T& value, const T&) {
    reader_.optional(key, value);
  }
  Status finish() { return reader_.finish(); }

 private:
  ObjectReader reader_;
};

template <class Visitor, class Value>
  requires(std::is_same_v<std::remove_const_t<Value>, Optimizer>)
void visit(Visitor& v, Value& o) {
  const Optimizer standard;
  v.always("name", o.name);
  v.always("lr", o.lr);
  v.always("momentum", o.momentum);
  v.always("nesterov", o.nesterov);
  v.always("weight_decay", o.weight_decay);
  v.extra("beta1", o.beta1, standard.beta1);
  v.extra("beta2", o.beta2, standard.beta2);
  v.extra("rho", o.rho, standard.rho);
  v.extra("eps", o.eps, standard.eps);
  v.extra("sgd_lr", o.sgd_lr, standard.sgd_lr);
  v.extra("decays", o.decays, standard.decays);
}

template <class Visitor, class Value>
  requires(std::is_same_v<std::remove_const_t<Value>, Schedule>)
void visit(Visitor& v, Value& s) {
  const Schedule standard;
  v.always("name", s.name);
  v.extra("per", s.per, standard.per);
  v.extra("factor", s.factor, standard.factor);
  v.extra("every", s.every, standard.every);
  v.extra("milestones", s.milestones, standard.milestones);
  v.extra("factors", s.factors, standard.factors);
  v.extra("interpolate", s.interpolate, standard.interpolate);
  v.extra("period", s.period, standard.period);
  v.extra("min_lr", s.min_lr, standard.min_lr);
  v.extra("warmup", s.warmup, standard.warmup);
  v.extra("warmup_from", s.warmup_from, standard.warmup_from);
  v.extra("rise", s.rise, standard.rise);
  v.extra("start", s.start, standard.start);
  v.extra("end", s.end, standard.end);
  v.extra("anneal", s.anneal, standard.anneal);
  v.extra("patience", s.patience, standard.patience);
  v.extra("monitor", s.monitor, standard.monitor);
  v.extra("min_delta", s.min_delta, standard.min_delta);
}

template <class Visitor, class Value>
  requires(std::is_same_v<std::remove_const_t<Value>, EarlyStop>)
void visit(Visitor& v, Value& s) {
  const EarlyStop standard;
  v.extra("patience", s.patience, standard.patience);
  v.extra("monitor", s.monitor, standard.monitor);
  v.extra("min_delta", s.min_delta, standard.min_delta);
}

template <class Visitor, class Value>
  requires(std::is_same_v<std::remove_const_t<Value>, Recipe>)
void visit(Visitor& v, Value& r) {
  const Recipe standard;
  v.always("epochs", r.epochs);
  v.always("batch", r.batch);
  v.always("loss", r.loss);
  v.extra("label_smoothing", r.label_smoothing, standard.label_smoothing);
  v.extra("l1", r.l1, standard.l1);
  v.extra("l2", r.l2, standard.l2);
  v.extra("penalize", r.penalize, standard.penalize);
  v.extra("clip_value", r.clip_value, standard.clip_value);
  v.extra("clip_norm", r.clip_norm, standard.clip_norm);
  v.extra("init", r.init, standard.init);
  v.extra("init_layers", r.init_layers, standard.init_layers);
  v.extra("keep", r.keep, standard.keep);
}

template <class T>
Json written(const T& value) {
  Writer writer;
  visit(writer, value);
  return writer.take();
}

template <class T>
Status read(const Json& json, const std::string& where, T& value) {
  Reader reader(json, where);
  visit(reader, value);
  return reader.finish();
}

}  // namespace

Json to_json(const Recipe& recipe) {
  Json json = written(recipe);
  json["optimizer"] = written(recipe.optimizer);
  // Without parameters a schedule is its name, as it was before it had any.
  const Json schedule = written(recipe.schedule);
  json["schedule"] = schedule.size() == 1 ? schedule.at("name") : schedule;
  if (Json stop = written(recipe.early_stop); !stop.empty()) json["early_stop"] = std::move(stop);
  return json;
}

Result<Recipe> recipe_from_json(const Json& json) {
  Recipe recipe;
  if (!json.is_object()) return infrastructure_error("plan: recipe", "is not an object");
  Json rest = json;
  for (const char* key : {"optimizer", "schedule"}) {
    if (!json.contains(key)) {
      return infrastructure_error("plan: recipe", std::string("lacks the key '") + key + "'");
    }
  }
  GRADUS_CHECK(read(json.at("optimizer"), "plan: recipe.optimizer", recipe.optimizer));
  const Json& schedule = json.at("schedule");
  if (schedule.is_string()) {
    recipe.schedule.name = schedule.get<std::string>();
  } else {
    GRADUS_CHECK(read(schedule, "plan: recipe.schedule", recipe.schedule));
  }
  if (json.contains("early_stop")) {
    GRADUS_CHECK(read(json.at("early_stop"), "plan: recipe.early_stop", recipe.early_stop));
  }
  for (const char* key : {"optimizer", "schedule", "early_stop"}) rest.erase(key);
  GRADUS_CHECK(read(rest, "plan: recipe", recipe));
  return recipe;
}

}  // namespace gradus
