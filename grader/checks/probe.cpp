#include <algorithm>

#include "framework/core/text.hpp"
#include "framework/lab/key.hpp"
#include "grader/checks/measure.hpp"

namespace gradus::grader {
namespace {

using lab::Key;
using lab::ValueType;

CheckResult run(const CheckInput& input) {
  std::vector<std::string> names;
  for (const Json& name : input.options.at("probe")) names.push_back(name.get<std::string>());
  const std::string wanted =
      names.size() == 1 ? "pass" : "all of " + std::to_string(names.size()) + " pass";
  const Looked looked = look(input, wanted);
  if (looked.evidence == nullptr) return looked.stopped;

  CheckResult result;
  result.wanted = wanted;
  std::vector<std::string> fallen, reasons, messages;
  for (const std::string& name : names) {
    const ProbeOutcome* probe = measured_probe(looked, name);
    if (probe == nullptr) {
      fallen.push_back(name);
      const std::string why = absent_probe(looked, name, wanted).reason;
      if (std::find(reasons.begin(), reasons.end(), why) == reasons.end()) reasons.push_back(why);
      continue;
    }
    // The weakest source decides: one claim among measurements is still a claim.
    result.trust = std::min(result.trust, probe->trust);
    messages.push_back(probe->message);
    if (probe->verdict == "pass") continue;
    fallen.push_back(name);
    reasons.push_back(probe->message.empty() ? "The probe " + name + " did not pass."
                                             : probe->message);
  }
  if (fallen.empty()) {
    result.verdict = CheckResult::Verdict::pass;
    result.found = names.size() == 1 ? "pass" : "all pass";
    result.reason = names.size() == 1 && !messages.front().empty()
                        ? messages.front()
                        : "Every probe passed: " + join(names, ", ") + ".";
    return result;
  }
  const bool none = looked.cut_short && messages.empty();
  result.found = none ? "no result"
                 : names.size() == 1
                     ? "fail"
                     : join(fallen, ", ") + (fallen.size() == 1 ? " fails" : " fail");
  result.reason = join(reasons, " ");
  return result;
}

}  // namespace

CheckInfo probe_check() {
  lab::NamedSpec spec;
  spec.name = "probe";
  spec.help = "Passes where every named probe of the task passed.";
  spec.keys = {
      Key(ValueType::probes, "probe", "one probe of the task or a list of them").required()};
  spec.task_kinds = {"probe"};
  return {std::move(spec), run};
}

}  // namespace gradus::grader
