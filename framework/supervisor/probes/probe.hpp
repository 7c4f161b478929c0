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
  ImageSet train, val;
  std::int64_t classes = 0;
  std::uint64_t seed = 0;  ///< secret; picks images
  ExamOrder val_order;     ///< secret order of the whole of `val`

  double number(const std::string& key, double fallback) const;
  std::shared_ptr<const Weights> handed(const std::string& at) const;
  /// `count` secretly picked indices of `val`, all different (fewer where it is smaller).
  std::vector<std::uint32_t> pick(std::uint32_t count) const;
};

/// The outcome of a probe. Error: the examiner is gone or lied (its failure ends the run), or the
/// model's output is not [N, K] (kInvalidOutput; the probe then counts as failed).
using Probe = Result<ProbeOutcome> (*)(const ProbeInputs& inputs);

Result<ProbeOutcome> probe_shape(const ProbeInputs& inputs);
Result<ProbeOutcome> probe_parameters(const ProbeInputs& inputs);
Result<ProbeOutcome> probe_initial_loss(const ProbeInputs& inputs);
Result<ProbeOutcome> probe_chance(const ProbeInputs& inputs);
Result<ProbeOutcome> probe_batch_independence(const ProbeInputs& inputs);
Result<ProbeOutcome> probe_order_independence(const ProbeInputs& inputs);
Result<ProbeOutcome> probe_every_parameter_moves(const ProbeInputs& inputs);
Result<ProbeOutcome> probe_overfits_one_batch(const ProbeInputs& inputs);

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

}  // namespace gradus::supervisor
