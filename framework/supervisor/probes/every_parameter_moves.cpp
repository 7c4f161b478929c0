#include "framework/core/text.hpp"
#include "framework/supervisor/probes/probe.hpp"

namespace gradus::supervisor {

// The steps (up to eight, worker/probes/stages.cpp) are made without weight decay, so only a
// gradient moves a parameter.
Result<ProbeOutcome> probe_every_parameter_moves(const ProbeInputs& inputs) {
  constexpr std::size_t kNamed = 5;
  const auto before = inputs.handed("init"), after = inputs.handed("one_step");
  std::vector<std::string> still;
  std::int64_t total = 0;
  for (std::size_t i = 0; i < before->tensors.size(); ++i) {
    const Tensor& tensor = before->tensors[i];
    if (tensor.kind != "parameter") continue;
    ++total;
    if (tensor.bytes == after->tensors[i].bytes)
      still.push_back(printable(tensor.name, false, 200));
  }
  const std::map<std::string, Json> wanted = {{"unmoved", 0}};
  std::vector<std::string> named(
      still.begin(), still.begin() + static_cast<std::ptrdiff_t>(std::min(kNamed, still.size())));
  const std::map<std::string, Json> found = {
      {"unmoved", still.size()}, {"tensors", total}, {"names", named}};
  if (total == 0) {
    return verdict(false, found, wanted,
                   "The model has no parameters: register layers with register_module().");
  }
  if (still.empty()) {
    return verdict(true, found, wanted,
                   "Training changes all " + std::to_string(total) + " parameter tensors.");
  }
  std::string names = join(named, ", ");
  if (still.size() > kNamed) names += " and " + std::to_string(still.size() - kNamed) + " more";
  return verdict(false, found, wanted,
                 "Eight steps leave " + std::to_string(still.size()) + " of " +
                     std::to_string(total) + " parameter tensors unchanged (" + names +
                     "): forward() does not use them, or detach() cuts their gradient.");
}

}  // namespace gradus::supervisor
