#include <algorithm>
#include <set>

#include "framework/core/hash.hpp"
#include "framework/core/text.hpp"
#include "framework/lab/lab.hpp"
#include "framework/lab/parts.hpp"

namespace gradus::lab {
namespace {

std::string value_text(const Json& value) {
  if (value.is_number_float()) return number(value.get<double>());
  if (value.is_string()) return value.get<std::string>();
  if (value.is_object() && value.contains("use")) return value.at("use").get<std::string>();
  return value.dump();
}

/// Keys that tell a task's arms apart in a run's name: as few of the varied ones as it takes, so
/// that a sweep of rates with its own epochs reads "lr_sweep/optimizer.lr=0.005".
std::vector<std::string> naming_keys(const Task& task) {
  std::vector<std::string> keys;
  for (const std::string& key : task.varied) {
    keys.push_back(key);
    std::set<std::vector<std::string>> names;
    for (const auto& arm : task.arms) {
      std::vector<std::string> name;
      for (const std::string& used : keys) name.push_back(value_text(arm.at(used)));
      names.insert(std::move(name));
    }
    if (names.size() == task.arms.size()) break;
  }
  return keys;
}

RunPlan run_of(const Lab& lab, const Task& task, const std::map<std::string, Json>& arm,
               std::int64_t trial, std::int64_t stop_after) {
  RunPlan run = run_of_arm(task, arm);
  run.data = lab.data;
  run.seed = run_seed(lab.seed, trial);
  run.limits = lab.limits;
  run.memory_format = lab.memory_format;
  run.engine = lab.engine;
  run.probes = task.probes;
  run.exam_train_images = std::min(lab.exam_train_images, lab.data.split.train);
  run.exam_val_images = lab.exam_val_images;
  run.exam_mirror = lab.exam_mirror && task.kind == "train";
  run.train_images = task.train_images;
  run.stop_after = stop_after;
  if (run.kind == "probe") {  // not used: a longer profile asks the same of it
    run.recipe.epochs = 1;
    run.recipe.schedule = {};
    run.recipe.early_stop = {};
  }
  return run;
}

/// Threads of a run where the lab leaves them open. Small networks gain more from runs side by side
/// than from threads, so cores are first given to runs. Probes take seconds and do not count.
std::int64_t share_of_cores(const Plan& plan, std::int64_t cores) {
  std::set<std::string> trainings;
  for (const PlannedRun& planned : plan.runs) {
    if (planned.run.kind == "train") trainings.insert(planned.run.trajectory_hash());
  }
  const auto runs = std::max<std::int64_t>(1, static_cast<std::int64_t>(trainings.size()));
  return std::max<std::int64_t>(1, cores / runs);
}

/// One thread feeds a GPU; the other cores feed the runs beside it.
void give_gpu(const Lab& lab, RunPlan& run) {
  run.device = "cuda";
  run.device_name = lab.device_name;
  run.threads = 1;
  run.dtype = lab.precision;
  run.limits.gpu_memory_mib = lab.gpu_memory_mib;
}

}  // namespace

std::uint64_t run_seed(std::uint64_t base, std::int64_t trial) {
  Sha256 hash;
  hash.update_field("gradus.seed/1");
  hash.update_field(std::to_string(base));
  hash.update_field(std::to_string(trial));
  // 63 bits: the value survives every signed integer that it meets (JSON readers, LibTorch).
  return std::stoull(hash.hex().substr(0, 16), nullptr, 16) >> 1;
}

Plan expand(const Lab& lab, const std::vector<std::string>& only_tasks, const Machine& machine) {
  Plan plan{lab.id, lab.profile, {}};
  for (const Task& task : lab.tasks) {
    if (!only_tasks.empty() &&
        std::find(only_tasks.begin(), only_tasks.end(), task.id) == only_tasks.end())
      continue;
    const std::vector<std::string> keys = naming_keys(task);
    const std::vector<std::int64_t> rungs = rungs_of(lab, task);
    const std::int64_t first_rung = rungs.empty() ? 0 : rungs.front();
    for (const auto& arm : task.arms) {
      for (std::int64_t trial = 0; trial < task.trials; ++trial) {
        std::vector<std::string> parts;
        for (const std::string& key : keys) parts.push_back(key + "=" + value_text(arm.at(key)));
        std::string id = task.id;
        if (!parts.empty()) id += "/" + join(parts, ",");
        if (task.trials > 1) id += "/trial=" + std::to_string(trial);
        plan.runs.push_back(
            {std::move(id), task.id, arm, trial, run_of(lab, task, arm, trial, first_rung)});
      }
    }
  }
  const std::int64_t threads = lab.threads > 0 ? lab.threads : share_of_cores(plan, machine.cores);
  const bool narrow = lab.precision == "bfloat16" && serves_bfloat16(lab, machine);
  for (PlannedRun& planned : plan.runs) {
    // Probes look at the network itself and take seconds: they stay on the CPU.
    if (lab.device == "cuda" && planned.run.kind == "train") {
      give_gpu(lab, planned.run);
      continue;
    }
    planned.run.threads = threads;
    if (narrow) planned.run.dtype = "bfloat16";
  }
  return plan;
}

}  // namespace gradus::lab
