#include <algorithm>
#include <cmath>

#include "framework/record/closed_forms.hpp"
#include "framework/supervisor/probes/activation.hpp"

namespace gradus::supervisor {
namespace {

constexpr float kStep = 0.02F;

/// From the activation's own values: the slopes to the left and to the right of a point. Whatever
/// lies between them is a derivative there, of a curve or of a small kink. NaN: a jump or a large
/// kink, where the step is too coarse to tell.
struct Slopes {
  double least = std::nan(""), most = std::nan("");
};

Result<std::vector<Slopes>> slopes(const ProbeInputs& inputs, const std::vector<float>& points) {
  std::vector<float> around;
  for (const float x : points) {
    around.push_back(x - kStep);
    around.push_back(x);
    around.push_back(x + kStep);
  }
  GRADUS_TRY(const std::vector<float> y, activated(inputs, around));
  std::vector<Slopes> out;
  for (std::size_t i = 0; i + 2 < y.size(); i += 3) {
    const double left =
        (double{y[i + 1]} - double{y[i]}) / (double{around[i + 1]} - double{around[i]});
    const double right =
        (double{y[i + 2]} - double{y[i + 1]}) / (double{around[i + 2]} - double{around[i + 1]});
    const bool kink = std::abs(left - right) > 0.1 * std::max(1.0, std::abs(left));
    out.push_back(kink ? Slopes() : Slopes{std::min(left, right), std::max(left, right)});
  }
  return out;
}

/// The slope that a gradient is held against; NaN where there is none.
double nearest_slope(float gradient, const Slopes& slopes) {
  if (std::isnan(slopes.least)) return slopes.least;
  if (!std::isfinite(gradient)) return (slopes.least + slopes.most) / 2;
  return std::clamp(double{gradient}, slopes.least, slopes.most);
}

}  // namespace

Result<ProbeOutcome> probe_activation_derivative(const ProbeInputs& inputs) {
  const double tolerance = inputs.number("tolerance", 0.01);
  const std::string name = inputs.text("function");
  const ClosedForm* form = find_closed_form(name);
  std::vector<float> points = sample_points();
  if (form == nullptr) {
    // Differences of large values are too coarse in single precision.
    std::erase_if(points, [](float x) { return std::abs(x) > 10; });
  }
  GRADUS_TRY(const std::vector<float> values, derivative(inputs, points));
  std::vector<double> right;
  if (form != nullptr) {
    const double parameter = inputs.number("parameter", form->parameter);
    for (const float x : points) right.push_back(form->derivative(x, parameter));
  } else {
    GRADUS_TRY(const std::vector<Slopes> around, slopes(inputs, points));
    for (std::size_t i = 0; i < points.size(); ++i)
      right.push_back(nearest_slope(values[i], around[i]));
  }
  double worst = -1;
  std::size_t at = 0, compared = 0;
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (std::isnan(right[i])) continue;
    ++compared;
    const double off = distance(values[i], right[i]);
    if (off <= worst) continue;
    worst = off;
    at = i;
  }
  const std::map<std::string, Json> wanted = {
      {"function", form != nullptr ? Json(name) : Json("its own values")},
      {"tolerance", tolerance}};
  if (compared < points.size() / 2) {
    return verdict(
        false, {{"points", compared}}, wanted,
        "The values jump between most neighbouring points, so there is no slope to compare "
        "the gradient with.");
  }
  if (worst <= tolerance) {
    return verdict(
        true, {{"difference", worst}}, wanted,
        "The gradient is the derivative of " + (form != nullptr ? name : "its own values") + ".");
  }
  return verdict(
      false, {{"difference", figure(worst)}, {"x", points[at]}, {"gradient", figure(values[at])}},
      wanted,
      "At " + rounded(points[at]) + " the gradient is " + rounded(values[at]) + ", wanted " +
          rounded(right[at]) + ", the slope of " + (form != nullptr ? name : "the values there") +
          ". A probable cause: detach() or a NoGradGuard within forward(), or a backward "
          "pass of one's own.");
}

}  // namespace gradus::supervisor
