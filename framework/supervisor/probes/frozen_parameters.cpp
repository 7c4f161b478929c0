#include "framework/core/text.hpp"
#include "framework/supervisor/probes/probe.hpp"

namespace gradus::supervisor {

// Seen on the hand-overs before and after a short training: no word of the trainer is believed.
Result<ProbeOutcome> probe_frozen_parameters(const ProbeInputs& inputs) {
  constexpr std::size_t kNamed = 5;
  const auto wanted = static_cast<std::int64_t>(inputs.number("total", 0));
  const auto before = inputs.handed("init"), after = inputs.handed("overfit");
  std::int64_t frozen = 0, total = 0;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < before->tensors.size(); ++i) {
    const Tensor& tensor = before->tensors[i];
    if (tensor.kind != "parameter") continue;
    total += tensor.count();
    if (tensor.bytes != after->tensors[i].bytes) continue;
    frozen += tensor.count();
    if (names.size() < kNamed) names.push_back(printable(tensor.name, false, 200));
  }
  const std::map<std::string, Json> found = {
      {"frozen", frozen}, {"total", total}, {"names", names}};
  const std::string text = with_commas(frozen) + " of " + with_commas(total) +
                           " elements of parameters never move in training";
  if (frozen == wanted) return verdict(true, found, {{"frozen", wanted}}, text + ", as wanted.");
  const std::string which = names.empty() ? "" : " (" + join(names, ", ") + ")";
  return verdict(
      false, found, {{"frozen", wanted}},
      text + which + ", wanted " + with_commas(wanted) + ". A probable cause: " +
          (frozen > wanted
               ? "set_requires_grad(false), detach(), or a layer that forward() does not "
                 "use."
               : "a layer that should be frozen still requires a gradient."));
}

}  // namespace gradus::supervisor
