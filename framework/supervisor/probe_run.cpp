#include <algorithm>

#include "framework/record/probes.hpp"
#include "framework/supervisor/probes/probe.hpp"
#include "framework/supervisor/run.hpp"

namespace gradus::supervisor {
namespace {

using Handed = std::map<std::string, std::shared_ptr<const Weights>>;
using Measured = std::map<std::string, Json>;

ProbeOutcome not_measured(const std::string& name, const std::string& why) {
  ProbeOutcome outcome;
  outcome.name = name;
  outcome.verdict = "error";
  outcome.message = "Could not be measured: " + why + ".";
  return outcome;
}

/// What the probe's weights are called, where they are not there.
std::string missing(const ProbeEntry& entry, const Handed& handed) {
  if (!handed.contains("init")) return "init";
  for (const ProbeInfo& info : probe_table()) {
    if (info.name != entry.name) continue;
    return handed.contains(info.weights) || entry.settles_for_init ? "" : info.weights;
  }
  return "";
}

/// Runs one probe; an examiner that is gone ends the run as failed.
ProbeOutcome measure(Run& run, const ProbeSpec& spec, const Handed& handed,
                     const Measured& measured) {
  const auto entry = std::find_if(probes().begin(), probes().end(),
                                  [&](const ProbeEntry& e) { return spec.name == e.name; });
  if (entry == probes().end()) return not_measured(spec.name, "there is no such probe");
  if (const std::string lacking = missing(*entry, handed); !lacking.empty()) {
    return not_measured(spec.name, "the weights '" + lacking + "' were not handed out");
  }
  const RunPlan& plan = run.inputs.plan;
  const std::string subject = find_probe_info(spec.name)->subject;
  if ((subject == "activation" && !plan.activation) ||
      (subject == "augmentation" && !plan.augmentation)) {
    ProbeOutcome none = verdict(false, {}, {}, "The submission brings no " + subject + ".");
    none.name = spec.name;
    return none;
  }
  const bool claimed = find_probe_info(spec.name)->claimed;
  if (claimed && run.record.evidence.failure && !measured.contains(spec.name))
    return not_measured(spec.name, "the training process ended before it");
  Worker& examiner = run.examiner.worker();
  if (run.examiner_gone) return not_measured(spec.name, "the examiner had ended before");
  examiner.set_phase("probe " + spec.name);
  const ProbeInputs inputs{
      spec,
      run.examiner,
      handed,
      measured,
      run.inputs.plan,
      run.train,
      run.val,
      run.inputs.plan.data.classes,
      exam_seed(run.inputs.secret, run.record.evidence.run_hash, "probe " + spec.name),
      run.order(run.val, "probe " + spec.name)};
  auto outcome = entry->run(inputs);
  if (!outcome.ok() && outcome.error().where == kInvalidOutput) {
    ProbeOutcome failed =
        verdict(false, {}, {}, "The output has a wrong form: " + outcome.error().what);
    failed.name = spec.name;
    return failed;
  }
  if (!outcome.ok()) {
    run.fail(examiner, outcome.error());
    run.examiner_gone = true;
    return not_measured(spec.name,
                        "the examiner ended (" + run.record.evidence.failure->what + ")");
  }
  outcome->name = spec.name;
  if (claimed) outcome->trust = Trust::claimed;
  return *outcome;
}

}  // namespace

// All hand-overs and claims first: there are three hand-overs at most, and the trainer is done in
// seconds. When it fails midway, what it had handed out is still examined: a student learns more
// from a wrong shape than from the crash that it leads to.
void probe_run(Run& run) {
  Handed handed;
  Measured measured;
  for (;;) {
    const TrainerItem item = run.trainer.next();
    run.take_claims(item);
    for (const Json& claim : item.claims) {
      if (claim.at("type") == "measured") measured[claim.at("probe")] = claim.at("figures");
    }
    if (item.weights) {
      if (item.weights->at == "init") run.take_tensors(*item.weights);
      handed[item.weights->at] = item.weights;
    }
    if (item.error) run.fail(run.trainer_worker, *item.error);
    if (item.error || item.ended) break;
  }
  for (const ProbeSpec& spec : run.inputs.plan.probes) {
    run.record.evidence.probes.push_back(measure(run, spec, handed, measured));
  }
}

}  // namespace gradus::supervisor
