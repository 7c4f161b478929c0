#include "framework/record/plan.hpp"

#include "framework/core/hash.hpp"
#include "framework/record/object_reader.hpp"
#include "framework/record/recipe_json.hpp"

namespace gradus {
namespace {

Json to_json(const PluginUse& use, bool with_path) {
  Json json = {{"kind", use.kind},
               {"role", use.role},
               {"name", use.name},
               {"library_hash", use.library_hash},
               {"options", use.options}};
  if (with_path) json["library"] = use.library;
  return json;
}

Result<PluginUse> plugin_from_json(const Json& json) {
  PluginUse use;
  ObjectReader reader(json, "plan: plugin");
  reader.required("kind", use.kind).required("role", use.role).required("name", use.name);
  reader.required("library_hash", use.library_hash).required("options", use.options);
  reader.optional("library", use.library);
  GRADUS_CHECK(reader.finish());
  return use;
}

Json to_json(const DataSpec& data) {
  return {
      {"name", data.name},
      {"hash", data.hash},
      {"split", {{"train", data.split.train}, {"val", data.split.val}, {"seed", data.split.seed}}},
      {"split_hash", data.split_hash},
      {"channels", data.channels},
      {"height", data.height},
      {"width", data.width},
      {"classes", data.classes}};
}

Result<DataSpec> data_from_json(const Json& json) {
  DataSpec data;
  Json split;
  ObjectReader reader(json, "plan: data");
  reader.required("name", data.name).required("hash", data.hash).required("split", split);
  reader.required("split_hash", data.split_hash).required("channels", data.channels);
  reader.required("height", data.height).required("width", data.width);
  reader.required("classes", data.classes);
  GRADUS_CHECK(reader.finish());
  ObjectReader inner(split, "plan: data.split");
  inner.required("train", data.split.train).required("val", data.split.val);
  inner.required("seed", data.split.seed);
  GRADUS_CHECK(inner.finish());
  return data;
}

Json to_json(const RunLimits& limits) {
  Json json = {{"cpu_s", limits.cpu_s},
               {"wall_s", limits.wall_s},
               {"memory_mib", limits.memory_mib},
               {"scratch_mib", limits.scratch_mib}};
  if (limits.gpu_memory_mib > 0) json["gpu_memory_mib"] = limits.gpu_memory_mib;
  return json;
}

Json to_json(const RunPlan& plan, bool with_paths) {
  Json probes = Json::array();
  for (const auto& probe : plan.probes) {
    probes.push_back({{"name", probe.name}, {"options", probe.options}});
  }
  Json json = {
      {"schema", kPlanSchema},
      {"kind", plan.kind},
      {"model", to_json(plan.model, with_paths)},
      {"activation", plan.activation ? to_json(*plan.activation, with_paths) : Json(nullptr)},
      {"augmentation", plan.augmentation ? to_json(*plan.augmentation, with_paths) : Json(nullptr)},
      {"recipe", to_json(plan.recipe)},
      {"input", to_json(plan.input)},
      {"data", to_json(plan.data)},
      {"seed", plan.seed},
      {"device", plan.device},
      {"dtype", plan.dtype},
      {"memory_format", plan.memory_format},
      {"threads", plan.threads},
      {"sandbox", plan.sandbox},
      {"toolchain", plan.toolchain},
      {"limits", to_json(plan.limits)},
      {"probes", probes},
      {"exam_train_images", plan.exam_train_images},
      {"exam_val_images", plan.exam_val_images},
      {"train_images", plan.train_images}};
  // Younger than the others: plans without them keep their hash.
  if (plan.engine != RunPlan().engine) json["engine"] = plan.engine;
  if (plan.exam_mirror) json["exam_mirror"] = true;
  if (!plan.device_name.empty()) json["device_name"] = plan.device_name;
  if (plan.stop_after != 0) json["stop_after"] = plan.stop_after;
  return json;
}

}  // namespace

Json RunPlan::hashed() const { return to_json(*this, false); }

std::string RunPlan::hash() const {
  return sha256("gradus run, evidence " + std::to_string(kEvidenceVersion) + "\n" +
                hashed().dump());
}

std::string RunPlan::trajectory_hash() const {
  if (stop_after == 0) return hash();
  RunPlan whole = *this;
  whole.stop_after = 0;
  return whole.hash();
}

Json to_json(const RunPlan& plan) { return to_json(plan, true); }

Result<RunPlan> run_plan_from_json(const Json& json) {
  RunPlan plan;
  std::string schema;
  Json model, recipe, input, data, limits;
  ObjectReader reader(json, "plan");
  reader.required("schema", schema).required("kind", plan.kind).required("model", model);
  reader.object("activation", plan.activation, plugin_from_json);
  reader.object("augmentation", plan.augmentation, plugin_from_json);
  reader.required("recipe", recipe).required("input", input).required("data", data);
  reader.required("seed", plan.seed).required("device", plan.device).required("dtype", plan.dtype);
  reader.required("memory_format", plan.memory_format).required("threads", plan.threads);
  reader.required("sandbox", plan.sandbox).required("toolchain", plan.toolchain);
  reader.required("limits", limits);
  reader.list("probes", plan.probes, [](const Json& item) -> Result<ProbeSpec> {
    ProbeSpec probe;
    ObjectReader inner(item, "plan: probe");
    inner.required("name", probe.name).required("options", probe.options);
    GRADUS_CHECK(inner.finish());
    return probe;
  });
  reader.required("exam_train_images", plan.exam_train_images);
  reader.required("exam_val_images", plan.exam_val_images);
  reader.required("train_images", plan.train_images);
  reader.optional("engine", plan.engine);
  reader.optional("exam_mirror", plan.exam_mirror);
  reader.optional("device_name", plan.device_name);
  reader.optional("stop_after", plan.stop_after);
  GRADUS_CHECK(reader.finish());
  if (schema != kPlanSchema) {
    return infrastructure_error("plan",
                                "has schema '" + schema + "', wanted '" + kPlanSchema + "'");
  }
  GRADUS_TRY(plan.model, plugin_from_json(model));
  GRADUS_TRY(plan.recipe, recipe_from_json(recipe));
  GRADUS_TRY(plan.data, data_from_json(data));
  GRADUS_TRY(plan.input, input_from_json(input));
  ObjectReader caps(limits, "plan: limits");
  caps.required("cpu_s", plan.limits.cpu_s).required("wall_s", plan.limits.wall_s);
  caps.required("memory_mib", plan.limits.memory_mib)
      .required("scratch_mib", plan.limits.scratch_mib)
      .optional("gpu_memory_mib", plan.limits.gpu_memory_mib);
  GRADUS_CHECK(caps.finish());
  return plan;
}

Json to_json(const Plan& plan) {
  Json runs = Json::array();
  for (const auto& planned : plan.runs) {
    runs.push_back({{"id", planned.id},
                    {"task", planned.task},
                    {"arm", planned.arm},
                    {"trial", planned.trial},
                    {"run_hash", planned.run.hash()},
                    {"run", to_json(planned.run)}});
  }
  return {{"schema", kPlanSchema}, {"lab", plan.lab}, {"profile", plan.profile}, {"runs", runs}};
}

}  // namespace gradus
