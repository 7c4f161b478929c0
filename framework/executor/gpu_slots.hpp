#pragma once

#include <optional>
#include <vector>

#include "framework/core/gpu.hpp"
#include "framework/record/plan.hpp"

namespace gradus::executor {

/// Which GPU a run may have now. Runs share a GPU, each with its plan's limits.gpu_memory_mib and
/// what its two processes take besides (gpu_mib_of_run()), as long as these together are no more
/// than its memory less a twentieth, and no more than `per_gpu` of them; one run may always have a
/// GPU alone. Of several GPUs the least loaded one is given.
class GpuSlots {
 public:
  GpuSlots(std::vector<Gpu> gpus, int per_gpu) : per_gpu_(per_gpu) {
    for (Gpu& gpu : gpus) cards_.push_back({std::move(gpu)});
  }

  /// Some GPU here is of the class that the plan names.
  bool exists(const RunPlan& plan) const;
  /// The one to take; nothing where the run has to wait.
  std::optional<std::size_t> free_for(const RunPlan& plan) const;
  void take(std::size_t index, const RunPlan& plan);
  void give_back(std::size_t index, const RunPlan& plan);
  /// How a run on it ended. One that was lost twice in a row rests while others of its class do
  /// not.
  void ended_well(std::size_t index) { cards_[index].faults = 0; }
  void was_lost(std::size_t index) { ++cards_[index].faults; }
  const Gpu& gpu(std::size_t index) const { return cards_[index].gpu; }
  /// Runs like this one that all GPUs together take side by side.
  int room(const RunPlan& plan) const;

 private:
  struct Card {
    Gpu gpu;
    int running = 0, faults = 0;
    std::int64_t used_mib = 0;
  };
  bool suits(const Card& card, const RunPlan& plan) const;
  bool fits(const Card& card, const RunPlan& plan) const;
  static std::int64_t usable_mib(const Card& card) { return card.gpu.memory_mib * 19 / 20; }

  std::vector<Card> cards_;
  int per_gpu_;
};

}  // namespace gradus::executor
