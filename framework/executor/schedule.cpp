#include "framework/executor/schedule.hpp"

#include <algorithm>
#include <fstream>
#include <string>

#include "framework/core/cgroup_limits.hpp"

namespace gradus::executor {
namespace {

double examined(const RunPlan& plan) {
  return static_cast<double>(plan.exam_val_images > 0 ? plan.exam_val_images : plan.data.split.val);
}

/// What the whole machine has left, its containers together; 0 where it is not known.
double memory_of_machine_mib() {
  std::ifstream info("/proc/meminfo");
  for (std::string key; info >> key;) {
    double kib = 0;
    if (key == "MemAvailable:" && info >> kib) return kib / 1024;
    std::getline(info, key);
  }
  return 0;
}

}  // namespace

double examination_cost(double images) { return images / 3; }

double cost(const RunPlan& plan) {
  if (plan.kind == "probe") {
    double steps = 0;
    for (const ProbeSpec& probe : plan.probes) {
      if (probe.name != "overfits_one_batch") continue;
      const auto option = probe.options.find("steps");
      steps = option != probe.options.end() && option->second.is_number()
                  ? option->second.get<double>()
                  : 200;
    }
    return steps * 128 + examination_cost(examined(plan));
  }
  return static_cast<double>(plan.last_epoch()) *
         (static_cast<double>(plan.images_an_epoch()) + examination_cost(examined(plan)));
}

double cost_until(const RunPlan& plan, std::int64_t epoch, std::int64_t step, std::int64_t steps) {
  if (plan.kind == "probe" || epoch < 1) return 0;
  const auto train = static_cast<double>(plan.images_an_epoch());
  const double within =
      steps > 0 ? std::min(1.0, static_cast<double>(step) / static_cast<double>(steps)) : 0;
  return std::min(
      cost(plan),
      static_cast<double>(epoch - 1) * (train + examination_cost(examined(plan))) + within * train);
}

double available_memory_mib() {
  const double free = memory_of_machine_mib();
  const auto allowed = own_cgroup_limits().memory_mib;
  if (!allowed) return free;
  const double left = std::max(1.0, *allowed);  // 0 would say that nothing is known
  return free > 0 ? std::min(free, left) : left;
}

double makespan(const std::vector<Pending>& runs, int jobs, int cores) {
  struct Active {
    double until;
    int threads;
  };
  std::vector<Active> active;
  std::vector<Pending> waiting;
  double end = 0;
  for (const Pending& run : runs) {
    if (!run.running) {
      waiting.push_back(run);
      continue;
    }
    active.push_back({run.seconds, run.threads});
    end = std::max(end, run.seconds);
  }
  double now = 0;
  while (!waiting.empty()) {
    Slots slots{jobs, cores, static_cast<int>(active.size()), 0};
    for (const Active& run : active) slots.threads += run.threads;
    const auto next = std::find_if(waiting.begin(), waiting.end(),
                                   [&](const Pending& run) { return slots.fits(run.threads); });
    if (next != waiting.end()) {
      active.push_back({now + next->seconds, next->threads});
      end = std::max(end, now + next->seconds);
      waiting.erase(next);
      continue;
    }
    const auto first =
        std::min_element(active.begin(), active.end(),
                         [](const Active& a, const Active& b) { return a.until < b.until; });
    now = std::max(now, first->until);
    active.erase(first);
  }
  return end;
}

}  // namespace gradus::executor
