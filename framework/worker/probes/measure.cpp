#include "framework/worker/probes/measure.hpp"

#include "framework/record/probes.hpp"
#include "framework/worker/weights.hpp"

namespace gradus::worker {
namespace {

/// Of all that was measured in one pass, what one probe asks for.
Json part(const Json& layers, const std::vector<std::string>& keys) {
  Json figures = Json::object();
  for (const std::string& key : keys) figures[key] = layers.at(key);
  return figures;
}

Status measure_activity(const Measuring& measuring) {
  const bool wanted = lists_probe(measuring.plan, "input_statistics") ||
                      lists_probe(measuring.plan, "activation_statistics") ||
                      lists_probe(measuring.plan, "dead_units");
  if (!wanted) return {};
  GRADUS_TRY(const Json layers, measure_layers(measuring));
  for (const auto& [probe, keys] : std::vector<std::pair<std::string, std::vector<std::string>>>{
           {"input_statistics", {"names", "mean", "std"}},
           {"activation_statistics", {"names", "std", "left_out"}},
           {"dead_units", {"names", "units", "dead", "left_out"}}}) {
    if (!lists_probe(measuring.plan, probe)) continue;
    GRADUS_CHECK(claim_measured(measuring.session, probe, part(layers, keys)));
  }
  return {};
}

}  // namespace

Status claim_measured(Session& session, const std::string& probe, Json figures) {
  return session.claim("measured",
                       {{"epoch", 0}, {"probe", probe}, {"figures", std::move(figures)}});
}

Status measure_claims(const Measuring& measuring) {
  if (claimed_probes(measuring.plan).empty()) return {};
  Network& network = measuring.network;
  const ProbeBatch batch = probe_batch(measuring.plan, network, measuring.data, 0, kProbeBatch);
  GRADUS_CHECK(put_weights(network.module(), measuring.initial, "probe measurements"));
  if (lists_probe(measuring.plan, "evaluation_keeps_buffers")) {
    GRADUS_TRY(Json figures, measure_buffers(network, batch));
    GRADUS_CHECK(claim_measured(measuring.session, "evaluation_keeps_buffers", std::move(figures)));
  }
  GRADUS_CHECK(measure_activity(measuring));
  if (lists_probe(measuring.plan, "memory_slope")) {
    GRADUS_TRY(Json figures, measure_memory(measuring));
    GRADUS_CHECK(claim_measured(measuring.session, "memory_slope", std::move(figures)));
  }
  if (lists_probe(measuring.plan, "gradients")) {
    GRADUS_TRY(Json figures, measure_gradients(measuring, batch));
    GRADUS_CHECK(claim_measured(measuring.session, "gradients", std::move(figures)));
  }
  return {};
}

}  // namespace gradus::worker
