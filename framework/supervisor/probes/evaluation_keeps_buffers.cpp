#include "framework/core/text.hpp"
#include "framework/supervisor/probes/claims.hpp"

namespace gradus::supervisor {

Result<ProbeOutcome> probe_evaluation_keeps_buffers(const ProbeInputs& inputs) {
  constexpr std::size_t kNamed = 5;
  Claim claim(inputs);
  const std::int64_t buffers = claim.integer("buffers", 1'000'000);
  std::vector<std::string> changed = claim.texts("changed");
  if (!claim.ok()) return claim.failure();
  const std::map<std::string, Json> found = {{"buffers", buffers}, {"changed", changed.size()}};
  const std::map<std::string, Json> wanted = {{"changed", 0}};
  if (changed.empty()) {
    return verdict(
        true, found, wanted,
        "An evaluation leaves all " + std::to_string(buffers) + " buffers as they were.");
  }
  const std::size_t all = changed.size();
  changed.resize(std::min(kNamed, all));
  return verdict(false, found, wanted,
                 "An evaluation changes " + std::to_string(all) + " of " + std::to_string(buffers) +
                     " buffers (" + join(changed, ", ") + (all > kNamed ? ", ..." : "") +
                     "), wanted none. A probable cause: no eval(), so that batch norm is always in "
                     "training mode.");
}

}  // namespace gradus::supervisor
