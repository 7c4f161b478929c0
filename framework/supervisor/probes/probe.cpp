#include "framework/supervisor/probes/probe.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <numeric>

#include "framework/core/philox.hpp"

namespace gradus::supervisor {

double ProbeInputs::number(const std::string& key, double fallback) const {
  const auto found = spec.options.find(key);
  return found != spec.options.end() && found->second.is_number() ? found->second.get<double>()
                                                                  : fallback;
}

std::string ProbeInputs::text(const std::string& key) const {
  const auto found = spec.options.find(key);
  return found != spec.options.end() && found->second.is_string() ? found->second.get<std::string>()
                                                                  : "";
}

std::shared_ptr<const Weights> ProbeInputs::handed(const std::string& at) const {
  const auto found = weights.find(at);
  return found == weights.end() ? nullptr : found->second;
}

std::vector<std::uint32_t> ProbeInputs::pick(std::uint32_t count) const {
  auto order = permutation(seed, Purpose::probe, 0, static_cast<std::uint32_t>(val.count));
  order.resize(std::min<std::size_t>(order.size(), count));
  return order;
}

const std::vector<ProbeEntry>& probes() {
  static const std::vector<ProbeEntry> table = {
      {"shape", probe_shape},
      {"parameters", probe_parameters},
      {"initial_loss", probe_initial_loss},
      {"chance", probe_chance},
      {"softmax_output", probe_softmax_output},
      {"batch_independence", probe_batch_independence, true},
      {"order_independence", probe_order_independence, true},
      {"repeated_evaluation", probe_repeated_evaluation, true},
      {"every_parameter_moves", probe_every_parameter_moves},
      {"overfits_one_batch", probe_overfits_one_batch},
      {"frozen_parameters", probe_frozen_parameters},
      {"state_round_trip", probe_state_round_trip},
      {"zeroed_weights", probe_zeroed_weights},
      {"permuted_weights", probe_permuted_weights, true},
      {"evaluation_keeps_buffers", probe_evaluation_keeps_buffers},
      {"gradients", probe_gradients},
      {"input_statistics", probe_input_statistics},
      {"activation_statistics", probe_activation_statistics},
      {"dead_units", probe_dead_units},
      {"memory_slope", probe_memory_slope},
      {"activation_shape", probe_activation_shape},
      {"activation_elementwise", probe_activation_elementwise},
      {"activation_values", probe_activation_values},
      {"activation_derivative", probe_activation_derivative},
      {"augmentation_shape", probe_augmentation_shape},
      {"augmentation_range", probe_augmentation_range},
      {"augmentation_seeded", probe_augmentation_seeded},
      {"augmentation_independent", probe_augmentation_independent},
      {"masked_share", probe_masked_share},
  };
  return table;
}

ProbeOutcome verdict(bool pass, std::map<std::string, Json> found,
                     std::map<std::string, Json> wanted, std::string message) {
  ProbeOutcome outcome;
  outcome.verdict = pass ? "pass" : "fail";
  outcome.found = std::move(found);
  outcome.wanted = std::move(wanted);
  outcome.message = std::move(message);
  return outcome;
}

std::vector<std::uint32_t> first_indices(std::int64_t count) {
  std::vector<std::uint32_t> indices(static_cast<std::size_t>(count));
  std::iota(indices.begin(), indices.end(), 0U);
  return indices;
}

std::string rounded(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.4g", value);
  return text.data();
}

double figure(double value) {
  constexpr double kLargest = 1e30;
  return std::isnan(value) ? kLargest : std::clamp(value, -kLargest, kLargest);
}

bool probabilities(const Logits& logits) {
  constexpr double kClose = 1e-3;
  for (std::int64_t i = 0; i < logits.count; ++i) {
    double sum = 0;
    for (const float value : logits.row(i)) {
      if (value < 0) return false;
      sum += static_cast<double>(value);
    }
    if (std::abs(sum - 1) > kClose) return false;
  }
  return logits.count > 0;
}

}  // namespace gradus::supervisor
