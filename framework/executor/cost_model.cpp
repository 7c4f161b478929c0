#include "framework/executor/cost_model.hpp"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "framework/core/files.hpp"
#include "framework/core/hash.hpp"
#include "framework/core/machine.hpp"
#include "framework/record/object_reader.hpp"

namespace gradus::executor {
namespace {

constexpr const char* kSchema = "gradus.costs/1";
/// Share of the newest run in what is kept.
constexpr double kNew = 0.5;

std::string key_of(const std::string& what, const RunPlan& plan, bool builds) {
  const Machine machine = this_machine();
  Sha256 hash;
  hash.update_field(what);
  for (const PluginUse* use : {&plan.model, plan.activation ? &*plan.activation : nullptr,
                               plan.augmentation ? &*plan.augmentation : nullptr}) {
    const std::string build = use != nullptr && builds ? use->library_hash + " " : "";
    hash.update_field(use == nullptr ? "" : build + use->name);
    hash.update_field(use == nullptr ? "" : Json(use->options).dump());
  }
  Json rest = {machine.cores, machine.bfloat16, plan.kind,     plan.recipe.batch,
               plan.device,   plan.dtype,       plan.engine,   plan.memory_format,
               plan.threads,  plan.data.height, plan.toolchain};
  if (!plan.device_name.empty()) rest.push_back(plan.device_name);
  hash.update_field(rest.dump());
  return hash.hex().substr(0, 32);
}

}  // namespace

std::string network_key(const RunPlan& plan) { return key_of("gradus.cost/1", plan, true); }

std::string kin_key(const RunPlan& plan) { return key_of("gradus.kin/1", plan, false); }

CostModel::Costs CostModel::costs_of(const Json& json) {
  Costs costs;
  if (!json.is_object()) return costs;
  for (const auto& [key, value] : json.items()) {
    Cost cost;
    ObjectReader reader(value, "costs.json");
    reader.required("seconds_an_image", cost.seconds_an_image);
    reader.required("memory_mib", cost.memory_mib);
    reader.optional("learned", cost.learned);
    const bool sound = reader.finish().ok() && std::isfinite(cost.seconds_an_image) &&
                       cost.seconds_an_image > 0 && cost.memory_mib >= 0;
    if (sound) costs[key] = cost;
  }
  return costs;
}

Json CostModel::json_of(const Costs& costs) {
  std::vector<std::pair<std::int64_t, std::string>> by_age;  // the newest first
  for (const auto& [key, cost] : costs) by_age.emplace_back(-cost.learned, key);
  std::sort(by_age.begin(), by_age.end());
  if (by_age.size() > kMost) by_age.resize(kMost);
  Json json = Json::object();
  for (const auto& [age, key] : by_age) {
    const Cost& cost = costs.at(key);
    json[key] = {{"seconds_an_image", cost.seconds_an_image},
                 {"memory_mib", cost.memory_mib},
                 {"learned", cost.learned}};
  }
  return json;
}

CostModel CostModel::read(const std::filesystem::path& file) {
  CostModel model;
  const auto text = read_file(file, std::uintmax_t{1} << 24);
  if (!text.ok()) return model;
  const Json json = Json::parse(*text, nullptr, false);
  if (!json.is_object() || json.value("schema", Json()) != kSchema) return model;
  model.costs_ = costs_of(json.value("costs", Json()));
  model.kin_ = costs_of(json.value("kin", Json()));
  for (const Costs* costs : {&model.costs_, &model.kin_}) {
    for (const auto& [key, cost] : *costs) model.newest_ = std::max(model.newest_, cost.learned);
  }
  return model;
}

Status CostModel::write(const std::filesystem::path& file) const {
  const Json json = {{"schema", kSchema}, {"costs", json_of(costs_)}, {"kin", json_of(kin_)}};
  return write_file_atomically(file, json.dump(1) + "\n");
}

void CostModel::learn(const RunPlan& plan, double images, double seconds, double memory_mib) {
  if (!(images > 0) || !(seconds > 0) || !std::isfinite(seconds)) return;
  const double now = seconds / images;
  ++newest_;
  const auto put = [&](Costs& costs, const std::string& key) {
    const auto [at, first] = costs.try_emplace(key, Cost{now, memory_mib, newest_});
    at->second.learned = newest_;
    if (first) return;
    at->second.seconds_an_image += kNew * (now - at->second.seconds_an_image);
    at->second.memory_mib = std::max(at->second.memory_mib, memory_mib);
  };
  put(costs_, network_key(plan));
  put(kin_, kin_key(plan));
}

std::optional<double> CostModel::seconds_an_image(const RunPlan& plan) const {
  if (const auto at = costs_.find(network_key(plan)); at != costs_.end())
    return at->second.seconds_an_image;
  const auto kin = kin_.find(kin_key(plan));
  return kin == kin_.end() ? std::nullopt : std::optional(kin->second.seconds_an_image);
}

std::optional<double> CostModel::memory_mib(const RunPlan& plan) const {
  const auto at = costs_.find(network_key(plan));
  return at == costs_.end() || at->second.memory_mib <= 0 ? std::nullopt
                                                          : std::optional(at->second.memory_mib);
}

}  // namespace gradus::executor
