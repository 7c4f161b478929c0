#include "framework/lab/key.hpp"
#include "framework/record/probes.hpp"
#include "grader/checks/check.hpp"
#include "grader/grader.hpp"

namespace gradus::grader {
namespace {

lab::ValueType type_of(const std::string& type) {
  if (type == "integer") return lab::ValueType::integer;
  return type == "text" ? lab::ValueType::text : lab::ValueType::number;
}

}  // namespace

lab::Vocabulary vocabulary(std::vector<std::string> datasets) {
  lab::Vocabulary known;
  known.datasets = std::move(datasets);
  for (const CheckInfo& check : check_table()) known.checks.push_back(check.spec);
  for (const ProbeInfo& probe : probe_table()) {
    lab::NamedSpec spec;
    spec.name = probe.name;
    spec.help = probe.help;
    spec.task_kinds = {"probe"};
    spec.level = probe.level;
    spec.claimed = probe.claimed;
    if (probe.subject != "model") spec.needs_plugin = probe.subject;
    for (const ProbeKey& key : probe.keys) {
      lab::Key made(type_of(key.type), key.name, key.help);
      // Most of what a probe takes is a count, a loss, an accuracy or a tolerance: not negative.
      if (key.type != "text" && !key.may_be_negative) made.at_least(0);
      if (!key.choices.empty()) made.one_of(key.choices);
      if (key.required) made.required();
      spec.keys.push_back(made);
    }
    known.probes.push_back(std::move(spec));
  }
  return known;
}

}  // namespace gradus::grader
