#include "framework/worker/parts.hpp"

#include "framework/worker/network.hpp"
#include "framework/worker/plugin/plugin.hpp"

namespace gradus::worker {
namespace {

Result<Plugin> open(const PluginUse& use, Guard& guard) {
  GRADUS_TRY(auto opened,
             guard.call("load", [&] { return Plugin::open(use.library, use.kind, use.name); }));
  if (opened.ok()) {
    for (const std::string& warning : opened->warnings()) guard.warn(warning);
  }
  return opened;
}

}  // namespace

Result<std::shared_ptr<Augmentation>> open_augmentation(const RunPlan& plan, Guard& guard) {
  if (!plan.augmentation) return std::shared_ptr<Augmentation>();
  const PluginUse& use = *plan.augmentation;
  GRADUS_TRY(const Plugin plugin, open(use, guard));
  GRADUS_TRY(auto made, guard.call("construct augmentation", [&] {
    return plugin.create_augmentation(context_of(plan, use));
  }));
  return made;
}

Result<std::shared_ptr<Activation>> open_activation(const RunPlan& plan, Guard& guard) {
  if (!plan.activation) return std::shared_ptr<Activation>(std::make_shared<detail::DefaultRelu>());
  const PluginUse& use = *plan.activation;
  GRADUS_TRY(const Plugin plugin, open(use, guard));
  guard.seed(torch_seed(plan.seed, 0));
  GRADUS_TRY(auto made, guard.call("construct activation", [&] {
    return plugin.create_activation(context_of(plan, use));
  }));
  return made;
}

}  // namespace gradus::worker
