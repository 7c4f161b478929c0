#include "framework/supervisor/probes/probe.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <numeric>

#include "framework/core/philox.hpp"

namespace gradus::supervisor {

double ProbeInputs::number(const std::string& key, double fallback) const {
  const auto found = spec.options.find(key);
  return found != spec.options.end() && found->second.is_number() ? found->second.get<double>()
                                                                  : fallback;
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
      {"batch_independence", probe_batch_independence, true},
      {"order_independence", probe_order_independence, true},
      {"every_parameter_moves", probe_every_parameter_moves},
      {"overfits_one_batch", probe_overfits_one_batch},
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

}  // namespace gradus::supervisor
