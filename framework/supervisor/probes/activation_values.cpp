#include "framework/record/closed_forms.hpp"
#include "framework/supervisor/probes/activation.hpp"

namespace gradus::supervisor {

Result<ProbeOutcome> probe_activation_values(const ProbeInputs& inputs) {
  const double tolerance = inputs.number("tolerance", 1e-4);
  const std::string name = inputs.text("function");
  const ClosedForm* form = find_closed_form(name);
  if (form == nullptr) {
    return verdict(false, {}, {}, "There is no closed form '" + name + "' to compare with.");
  }
  const double parameter = inputs.number("parameter", form->parameter);
  const std::vector<float> points = sample_points();
  GRADUS_TRY(const std::vector<float> values, activated(inputs, points));
  double worst = -1;
  std::size_t at = 0;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const double off = distance(values[i], form->value(points[i], parameter));
    if (off <= worst) continue;
    worst = off;
    at = i;
  }
  const double right = form->value(points[at], parameter);
  const std::map<std::string, Json> found = {
      {"difference", figure(worst)}, {"x", points[at]}, {"value", figure(values[at])}};
  const std::map<std::string, Json> wanted = {
      {"function", name}, {"value", right}, {"tolerance", tolerance}};
  if (worst <= tolerance)
    return verdict(true, {{"difference", worst}}, wanted, "The values are those of " + name + ".");
  return verdict(false, found, wanted,
                 "At " + rounded(points[at]) + " the value is " + rounded(values[at]) +
                     ", wanted " + rounded(right) + ", as " + name +
                     " has it. A probable cause: a wrong sign, slope or constant in the formula.");
}

}  // namespace gradus::supervisor
