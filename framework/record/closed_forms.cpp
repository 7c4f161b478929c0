#include "framework/record/closed_forms.hpp"

#include <algorithm>
#include <cmath>

namespace gradus {
namespace {

constexpr double kSeluScale = 1.0507009873554805, kSeluAlpha = 1.6732632423543772;
constexpr double kRootHalf = 0.7071067811865476, kInvRootTwoPi = 0.3989422804014327;

double sigmoid(double x) {
  return x >= 0 ? 1 / (1 + std::exp(-x)) : std::exp(x) / (1 + std::exp(x));
}
double softplus(double x) { return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x))); }
double gate(double x) { return std::clamp(x / 6 + 0.5, 0.0, 1.0); }

std::vector<ClosedForm> make() {
  const auto swish = [](double x, double b) { return x * sigmoid(b * x); };
  const auto swish_slope = [](double x, double b) {
    const double s = sigmoid(b * x);
    return s + b * x * s * (1 - s);
  };
  const auto selu = [](double x, double) {
    return kSeluScale * (x > 0 ? x : kSeluAlpha * std::expm1(x));
  };
  const auto selu_slope = [](double x, double) {
    return kSeluScale * (x > 0 ? 1 : kSeluAlpha * std::exp(x));
  };
  const auto gelu = [](double x, double) { return 0.5 * x * std::erfc(-x * kRootHalf); };
  const auto gelu_slope = [](double x, double) {
    return 0.5 * std::erfc(-x * kRootHalf) + x * kInvRootTwoPi * std::exp(-x * x / 2);
  };
  const auto mish = [](double x, double) { return x * std::tanh(softplus(x)); };
  const auto mish_slope = [](double x, double) {
    const double t = std::tanh(softplus(x));
    return t + x * (1 - t * t) * sigmoid(x);
  };
  const auto leaky = [](double x, double a) { return x > 0 ? x : a * x; };
  const auto leaky_slope = [](double x, double a) { return x > 0 ? 1 : a; };
  return {
      {"relu",
       0,
       [](double x, double) { return std::max(x, 0.0); },
       [](double x, double) { return x > 0 ? 1.0 : 0.0; },
       {0}},
      {"relu6",
       0,
       [](double x, double) { return std::clamp(x, 0.0, 6.0); },
       [](double x, double) { return x > 0 && x < 6 ? 1.0 : 0.0; },
       {0, 6}},
      {"leaky_relu", 0.01, leaky, leaky_slope, {0}},
      {"prelu", 0.25, leaky, leaky_slope, {0}},
      {"elu",
       1,
       [](double x, double a) { return x > 0 ? x : a * std::expm1(x); },
       [](double x, double a) { return x > 0 ? 1 : a * std::exp(x); },
       {0}},
      {"selu", 0, selu, selu_slope, {0}},
      {"swish", 1, swish, swish_slope},
      {"silu", 1, swish, swish_slope},
      {"gelu", 0, gelu, gelu_slope},
      {"mish", 0, mish, mish_slope},
      {"tanh", 0, [](double x, double) { return std::tanh(x); },
       [](double x, double) { return 1 - std::tanh(x) * std::tanh(x); }},
      {"sigmoid", 0, [](double x, double) { return sigmoid(x); },
       [](double x, double) { return sigmoid(x) * (1 - sigmoid(x)); }},
      {"softplus", 1, [](double x, double b) { return softplus(b * x) / b; },
       [](double x, double b) { return sigmoid(b * x); }},
      {"softsign", 0, [](double x, double) { return x / (1 + std::abs(x)); },
       [](double x, double) { return 1 / ((1 + std::abs(x)) * (1 + std::abs(x))); }},
      {"hardtanh",
       0,
       [](double x, double) { return std::clamp(x, -1.0, 1.0); },
       [](double x, double) { return x > -1 && x < 1 ? 1.0 : 0.0; },
       {-1, 1}},
      {"hardsigmoid",
       0,
       [](double x, double) { return gate(x); },
       [](double x, double) { return x > -3 && x < 3 ? 1.0 / 6 : 0.0; },
       {-3, 3}},
      {"hardswish",
       0,
       [](double x, double) { return x * gate(x); },
       [](double x, double) { return x <= -3 ? 0.0 : (x >= 3 ? 1.0 : x / 3 + 0.5); },
       {-3, 3}},
      {"identity", 0, [](double x, double) { return x; }, [](double, double) { return 1.0; }},
  };
}

}  // namespace

const std::vector<ClosedForm>& closed_forms() {
  static const std::vector<ClosedForm> table = make();
  return table;
}

const ClosedForm* find_closed_form(const std::string& name) {
  const auto& table = closed_forms();
  const auto found = std::find_if(table.begin(), table.end(),
                                  [&](const ClosedForm& form) { return form.name == name; });
  return found == table.end() ? nullptr : &*found;
}

std::vector<std::string> closed_form_names() {
  std::vector<std::string> names;
  for (const ClosedForm& form : closed_forms()) names.push_back(form.name);
  return names;
}

}  // namespace gradus
