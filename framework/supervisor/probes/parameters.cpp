#include "framework/core/text.hpp"
#include "framework/supervisor/probes/probe.hpp"

namespace gradus::supervisor {

// Counted on the tensors that were handed out, so a layer that is not registered is missing here.
Result<ProbeOutcome> probe_parameters(const ProbeInputs& inputs) {
  std::int64_t total = 0;
  for (const Tensor& tensor : inputs.handed("init")->tensors) {
    if (tensor.kind == "parameter") total += tensor.count();
  }
  const std::string found = "The model has " + with_commas(total) + " parameters";
  const auto option = inputs.spec.options.find("total");
  if (option == inputs.spec.options.end() || !option->second.is_number_integer()) {
    return verdict(total > 0, {{"total", total}}, {},
                   total > 0 ? found + "." : found + ": register layers with register_module().");
  }
  const auto wanted = option->second.get<std::int64_t>();
  if (total == wanted) {
    return verdict(true, {{"total", total}}, {{"total", wanted}}, found + ", as wanted.");
  }
  const std::int64_t off = total > wanted ? total - wanted : wanted - total;
  const std::string cause =
      total < wanted
          ? "a layer is missing, too small, without bias, or not given to register_module()"
          : "a layer is too large, or has a bias that the network on paper lacks";
  return verdict(false, {{"total", total}}, {{"total", wanted}},
                 found + ", wanted " + with_commas(wanted) + " (" + with_commas(off) +
                     (total > wanted ? " too many): " : " too few): ") + cause + ".");
}

}  // namespace gradus::supervisor
