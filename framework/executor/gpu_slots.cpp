#include "framework/executor/gpu_slots.hpp"

#include <algorithm>
#include <tuple>

#include "framework/record/gpu_share.hpp"

namespace gradus::executor {
namespace {

constexpr int kRestsAfter = 2;

}  // namespace

bool GpuSlots::suits(const Card& card, const RunPlan& plan) const {
  return plan.device_name.empty() || card.gpu.name == plan.device_name;
}

bool GpuSlots::fits(const Card& card, const RunPlan& plan) const {
  if (card.running == 0) return true;
  // Of a GPU whose memory is not known nothing can be promised to a second one.
  return card.running < per_gpu_ && card.gpu.memory_mib > 0 &&
         card.used_mib + gpu_mib_of_run(plan.limits) <= usable_mib(card);
}

bool GpuSlots::exists(const RunPlan& plan) const {
  return std::any_of(cards_.begin(), cards_.end(),
                     [&](const Card& card) { return suits(card, plan); });
}

std::optional<std::size_t> GpuSlots::free_for(const RunPlan& plan) const {
  const bool all_rest = std::all_of(cards_.begin(), cards_.end(), [&](const Card& card) {
    return !suits(card, plan) || card.faults >= kRestsAfter;
  });
  std::optional<std::size_t> best;
  const auto load = [&](std::size_t i) {
    return std::tuple(cards_[i].faults, cards_[i].running, cards_[i].used_mib);
  };
  for (std::size_t i = 0; i < cards_.size(); ++i) {
    const Card& card = cards_[i];
    if (!suits(card, plan) || !fits(card, plan)) continue;
    if (card.faults >= kRestsAfter && !all_rest) continue;
    if (!best || load(i) < load(*best)) best = i;
  }
  return best;
}

void GpuSlots::take(std::size_t index, const RunPlan& plan) {
  ++cards_[index].running;
  cards_[index].used_mib += gpu_mib_of_run(plan.limits);
}

void GpuSlots::give_back(std::size_t index, const RunPlan& plan) {
  --cards_[index].running;
  cards_[index].used_mib -= gpu_mib_of_run(plan.limits);
}

int GpuSlots::room(const RunPlan& plan) const {
  std::int64_t runs = 0;
  for (const Card& card : cards_) {
    if (!suits(card, plan)) continue;
    std::int64_t here = card.gpu.memory_mib > 0 ? per_gpu_ : 1;
    if (card.gpu.memory_mib > 0)
      here = std::min(here, usable_mib(card) / gpu_mib_of_run(plan.limits));
    runs += std::max<std::int64_t>(1, here);
  }
  return static_cast<int>(runs);
}

}  // namespace gradus::executor
