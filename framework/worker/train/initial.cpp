#include "framework/worker/train/initial.hpp"

#include <torch/types.h>
#include <torch/utils.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "framework/core/philox.hpp"
#include "framework/worker/weights.hpp"

namespace gradus::worker {
namespace {

constexpr const char* kLastWeight = "@last";

/// In (0, 1): the logarithm of 0 is none.
double unit(std::uint32_t word) { return (static_cast<double>(word) + 0.5) / 4294967296.0; }

/// `count` numbers of mean 0 and variance 1, four a Philox block; by Box and Muller where normal.
std::vector<float> draw(std::int64_t count, bool normal, std::uint64_t seed, std::uint32_t which) {
  std::vector<float> values(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto words = philox(seed, Purpose::initial, which, i / 4);
    const std::size_t at = i % 4;
    if (normal) {
      const double radius = std::sqrt(-2 * std::log(unit(words[at & 2U])));
      const double angle = 2 * std::numbers::pi * unit(words[(at & 2U) + 1]);
      values[i] = static_cast<float>(radius * (at % 2 == 0 ? std::cos(angle) : std::sin(angle)));
    } else {
      values[i] = static_cast<float>((2 * unit(words[at]) - 1) * std::numbers::sqrt3);
    }
  }
  return values;
}

double variance(const std::string& name, const Fan& fan) {
  if (name.starts_with("lecun")) return 1 / fan.in;
  if (name.starts_with("xavier")) return 2 / (fan.in + fan.out);
  if (name.starts_with("he_out")) return 2 / fan.out;
  if (name.starts_with("he")) return 2 / fan.in;
  return 1 / (3 * fan.in);
}

void fill(torch::Tensor& target, std::vector<float> values, double deviation) {
  const torch::NoGradGuard no_grad;
  for (float& value : values) value = static_cast<float>(value * deviation);
  target.detach().copy_(torch::from_blob(values.data(), target.sizes()));
}

bool is_constant(const std::string& initialiser) {
  const auto& constants = constant_initialiser_names();
  return std::find(constants.begin(), constants.end(), initialiser) != constants.end();
}

/// "conv1" of "conv1.weight"; empty for a tensor of the model itself.
std::string layer_of(const std::string& tensor) {
  const std::size_t dot = tensor.rfind('.');
  return dot == std::string::npos ? "" : tensor.substr(0, dot);
}

/// The bias beside a weight "LAYER.weight", or none.
const NamedTensor* bias_of(const std::vector<NamedTensor>& all, const std::string& weight) {
  if (!weight.ends_with("weight")) return nullptr;
  const std::string name = weight.substr(0, weight.size() - 6) + "bias";
  for (const NamedTensor& named : all) {
    if (named.name == name && named.parameter && named.tensor.dim() == 1) return &named;
  }
  return nullptr;
}

/// The place of the last weight that is trained, as registered; of a network in its usual order it
/// makes the logits. The number of tensors where there is none.
std::size_t last_weight(const std::vector<NamedTensor>& all) {
  std::size_t last = all.size();
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i].parameter && all[i].tensor.requires_grad() && all[i].tensor.dim() >= 2) last = i;
  }
  return last;
}

}  // namespace

Fan fan_of(const torch::Tensor& weight) {
  double field = 1;
  for (std::int64_t i = 2; i < weight.dim(); ++i) field *= static_cast<double>(weight.size(i));
  return {static_cast<double>(weight.size(1)) * field, static_cast<double>(weight.size(0)) * field};
}

void draw_weight(torch::Tensor weight, const std::string& name, std::uint64_t seed,
                 std::uint32_t which) {
  if (weight.numel() == 0) return;
  fill(weight, draw(weight.numel(), name.ends_with("normal"), seed, which),
       std::sqrt(variance(name, fan_of(weight))));
}

void draw_initial_weights(Network& network, const Recipe& recipe, std::uint64_t seed) {
  std::vector<LayerRule> rules;
  for (const std::string& text : recipe.init_layers) rules.push_back(layer_rule(text));
  if (rules.empty() && recipe.init == "model") return;
  std::vector<bool> used(rules.size(), false);
  const auto fits = [](const NamedTensor& named, bool last, const std::string& pattern) {
    return (last && pattern == kLastWeight) || fits_pattern(named.name, pattern) ||
           fits_pattern(layer_of(named.name), pattern);
  };
  const std::vector<NamedTensor> all = named_tensors(network.module());
  const std::size_t last = last_weight(all);
  for (std::size_t i = 0; i < all.size(); ++i) {
    const NamedTensor& named = all[i];
    if (!named.parameter || !named.tensor.requires_grad()) continue;
    const bool drawable = named.tensor.dim() >= 2;
    std::string chosen = drawable ? recipe.init : "model";
    for (std::size_t r = rules.size(); r-- > 0;) {  // backwards: the first that fits has the word
      if (!fits(named, i == last, rules[r].pattern)) continue;
      if (!drawable && !is_constant(rules[r].initialiser)) continue;
      chosen = rules[r].initialiser;
      used[r] = true;
    }
    if (chosen == "model") continue;
    if (is_constant(chosen)) {
      const torch::NoGradGuard no_grad;
      named.tensor.detach().fill_(chosen == "ones" ? 1 : 0);
      continue;
    }
    const auto which = static_cast<std::uint32_t>(2 * i);
    draw_weight(named.tensor, chosen, seed, which);
    if (const NamedTensor* bias = bias_of(all, named.name)) {
      torch::Tensor target = bias->tensor;
      const double bound =
          chosen == "pytorch" ? std::sqrt(variance(chosen, fan_of(named.tensor))) : 0;
      fill(target, draw(target.numel(), false, seed, which + 1), bound);
    }
  }
  for (std::size_t r = 0; r < rules.size(); ++r) {
    if (!used[r]) {
      network.guard().warn("the recipe's init_layers pattern '" + rules[r].pattern +
                           "' fits no weight of this model");
    }
  }
}

}  // namespace gradus::worker
