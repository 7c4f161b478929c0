#include "grader/checks/measure.hpp"

namespace gradus::grader {
namespace {

CheckResult run(const CheckInput& input) {
  const std::string wanted = "[B, K] for B = 1, 2, 7";
  const Looked looked = look(input, wanted);
  if (looked.evidence == nullptr) return looked.stopped;
  const ProbeOutcome* probe = measured_probe(looked, "shape");
  if (probe == nullptr) return absent_probe(looked, "shape", wanted);
  CheckResult result;
  result.trust = probe->trust;
  result.wanted = wanted;
  const bool pass = probe->verdict == "pass";
  result.verdict = pass ? CheckResult::Verdict::pass : CheckResult::Verdict::fail;
  result.found = pass ? wanted : "another shape";
  result.reason = !probe->message.empty() ? probe->message
                  : pass                  ? "Logits have the shape [B, K] for every batch size."
                         : "Logits do not have the shape [B, K] for every batch size: look at how "
                           "forward flattens.";
  return result;
}

}  // namespace

CheckInfo shape_check() {
  lab::NamedSpec spec;
  spec.name = "shape";
  spec.help = "Logits have the shape [B, K] for batches of 1, 2 and 7 images.";
  spec.task_kinds = {"probe"};
  spec.needs_probes = {"shape"};
  return {std::move(spec), run};
}

}  // namespace gradus::grader
