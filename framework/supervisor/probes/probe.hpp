#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "framework/record/evidence.hpp"
#include "framework/supervisor/examiner.hpp"

namespace gradus::supervisor {

/// Images of the fixed batch that initial_loss and overfits_one_batch look at: the first of the
/// training split, unaugmented, in file order.
inline constexpr std::int64_t kProbeBatch = 128;

/// What a probe may look at.
struct ProbeInputs {
  const ProbeSpec& spec;
  Examiner& examiner;
  /// Hand-overs by name; those named in the probe table up to the probe's own are there.
  const std::map<std::string, std::shared_ptr<const Weights>>& weights;
  /// What the trainer claims to have measured, by probe: of any form.
  const std::map<std::string, Json>& measured;
  const RunPlan& plan;
  ImageSet train, val;
  std::int64_t classes = 0;
  std::uint64_t seed = 0;  ///< secret; picks images
  ExamOrder val_order;     ///< secret order of the whole of `val`

  double number(const std::string& key, double fallback) const;
  std::string text(const std::string& key) const;  ///< "" where it is not given
  std::shared_ptr<const Weights> handed(const std::string& at) const;
  /// `count` secretly picked indices of `val`, all different (fewer where it is smaller).
  std::vector<std::uint32_t> pick(std::uint32_t count) const;
};

/// The outcome of a probe. Error: the examiner is gone or lied (its failure ends the run), or the
/// model's output is not [N, K] (kInvalidOutput; the probe then counts as failed).
using Probe = Result<ProbeOutcome> (*)(const ProbeInputs& inputs);

// One a file.
Result<ProbeOutcome> probe_shape(const ProbeInputs& inputs);
Result<ProbeOutcome> probe_parameters(const ProbeInputs& inputs);
Result<ProbeOutcome> probe_initial_loss(const ProbeInputs& inputs);
Result<ProbeOutcome> probe_chance(const ProbeInputs& inputs);
Result<ProbeOutcome> probe_batch_independence(const ProbeInputs& inputs);
Result<ProbeOutcome> probe_order_independence(const ProbeInputs& inputs);
Result<ProbeOutcome> probe_every_parameter_moves(const ProbeInputs& inputs);
Result<ProbeOutcome> probe_overfits_one_batch(const ProbeInputs& inputs);
Result<ProbeOutcome> probe_softmax_output(const ProbeInputs& inputs);
Result<ProbeOutcome> probe_repeated_evaluation(const ProbeInputs& inputs);
Result<ProbeOutcome> probe_frozen_parameters(const ProbeInputs& inputs);
Result<ProbeOutcome> probe_state_round_trip(const ProbeInputs& inputs);
Result<ProbeOutcome> probe_zeroed_weights(const ProbeInputs& inputs);
Result<ProbeOutcome> probe_permuted_weights(const ProbeInputs& inputs);
Result<ProbeOutcome> probe_evaluation_keeps_buffers(const ProbeInputs& inputs);
Result<ProbeOutcome> probe_gradients(const ProbeInputs& inputs);
Result<ProbeOutcome> probe_input_statistics(const ProbeInputs& inputs);
Result<ProbeOutcome> probe_activation_statistics(const ProbeInputs& inputs);
Result<ProbeOutcome> probe_dead_units(const ProbeInputs& inputs);
Result<ProbeOutcome> probe_memory_slope(const ProbeInputs& inputs);
Result<ProbeOutcome> probe_activation_shape(const ProbeInputs& inputs);
Result<ProbeOutcome> probe_activation_elementwise(const ProbeInputs& inputs);
Result<ProbeOutcome> probe_activation_values(const ProbeInputs& inputs);
Result<ProbeOutcome> probe_activation_derivative(const ProbeInputs& inputs);
Result<ProbeOutcome> probe_augmentation_shape(const ProbeInputs& inputs);
Result<ProbeOutcome> probe_augmentation_range(const ProbeInputs& inputs);
Result<ProbeOutcome> probe_augmentation_seeded(const ProbeInputs& inputs);
Result<ProbeOutcome> probe_augmentation_independent(const ProbeInputs& inputs);
Result<ProbeOutcome> probe_masked_share(const ProbeInputs& inputs);

struct ProbeEntry {
  const char* name;
  Probe run;
  /// It asks for weights after one step, but can do with the initial ones.
  bool settles_for_init = false;
};
/// All probes, in the order of record/probes.hpp (a test holds them together).
const std::vector<ProbeEntry>& probes();

/// "pass" or "fail" with a message.
ProbeOutcome verdict(bool pass, std::map<std::string, Json> found,
                     std::map<std::string, Json> wanted, std::string message);
/// Indices 0 .. count-1.
std::vector<std::uint32_t> first_indices(std::int64_t count);
/// 4 significant digits, for messages.
std::string rounded(double value);
/// As JSON can hold it, which knows no infinity: cut to ±1e30; not a number: 1e30.
double figure(double value);
/// Whether every row is a probability distribution, as after a softmax.
bool probabilities(const Logits& logits);

}  // namespace gradus::supervisor
