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

}  // namespace

std::string network_key(const RunPlan& plan) {
  const Machine machine = this_machine();
  Sha256 hash;
  hash.update_field("gradus.cost/1");
  for (const PluginUse* use : {&plan.model, plan.activation ? &*plan.activation : nullptr,
                               plan.augmentation ? &*plan.augmentation : nullptr}) {
    hash.update_field(use == nullptr ? "" : use->library_hash + " " + use->name);
    hash.update_field(use == nullptr ? "" : Json(use->options).dump());
  }
  Json rest = {machine.cores, machine.bfloat16, plan.kind,     plan.recipe.batch,
               plan.device,   plan.dtype,       plan.engine,   plan.memory_format,
               plan.threads,  plan.data.height, plan.toolchain};
  if (!plan.device_name.empty()) rest.push_back(plan.device_name);
  hash.update_field(rest.dump());
  return hash.hex().substr(0, 32);
}

CostModel CostModel::read(const std::filesystem::path& file) {
  CostModel model;
  const auto text = read_file(file, std::uintmax_t{1} << 24);
  if (!text.ok()) return model;
  const Json json = Json::parse(*text, nullptr, false);
  if (!json.is_object() || json.value("schema", Json()) != kSchema) return model;
  const Json costs = json.value("costs", Json::object());
  if (!costs.is_object()) return model;
  for (const auto& [key, value] : costs.items()) {
    Cost cost;
    ObjectReader reader(value, "costs.json");
    reader.required("seconds_an_image", cost.seconds_an_image);
    reader.required("memory_mib", cost.memory_mib);
    reader.optional("learned", cost.learned);
    const bool sound = reader.finish().ok() && std::isfinite(cost.seconds_an_image) &&
                       cost.seconds_an_image > 0 && cost.memory_mib >= 0;
    if (!sound) continue;
    model.costs_[key] = cost;
    model.newest_ = std::max(model.newest_, cost.learned);
  }
  return model;
}

Status CostModel::write(const std::filesystem::path& file) const {
  std::vector<std::pair<std::int64_t, std::string>> by_age;  // the newest first
  for (const auto& [key, cost] : costs_) by_age.emplace_back(-cost.learned, key);
  std::sort(by_age.begin(), by_age.end());
  if (by_age.size() > kMost) by_age.resize(kMost);
  Json costs = Json::object();
  for (const auto& [age, key] : by_age) {
    const Cost& cost = costs_.at(key);
    costs[key] = {{"seconds_an_image", cost.seconds_an_image},
                  {"memory_mib", cost.memory_mib},
                  {"learned", cost.learned}};
  }
  return write_file_atomically(file, Json{{"schema", kSchema}, {"costs", costs}}.dump(1) + "\n");
}

void CostModel::learn(const RunPlan& plan, double images, double seconds, double memory_mib) {
  if (!(images > 0) || !(seconds > 0) || !std::isfinite(seconds)) return;
  const double now = seconds / images;
  const auto [at, first] = costs_.try_emplace(network_key(plan), Cost{now, memory_mib, 0});
  at->second.learned = ++newest_;
  if (first) return;
  at->second.seconds_an_image += kNew * (now - at->second.seconds_an_image);
  at->second.memory_mib = std::max(at->second.memory_mib, memory_mib);
}

std::optional<double> CostModel::seconds_an_image(const RunPlan& plan) const {
  const auto at = costs_.find(network_key(plan));
  return at == costs_.end() ? std::nullopt : std::optional(at->second.seconds_an_image);
}

std::optional<double> CostModel::memory_mib(const RunPlan& plan) const {
  const auto at = costs_.find(network_key(plan));
  return at == costs_.end() || at->second.memory_mib <= 0 ? std::nullopt
                                                          : std::optional(at->second.memory_mib);
}

}  // namespace gradus::executor
