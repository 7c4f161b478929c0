// The table of probes.
#include <fmt/format.h>

#include <algorithm>

#include "framework/core/text.hpp"
#include "framework/record/probes.hpp"
#include "reports/html/view.hpp"

namespace gradus::reports {
namespace {

/// "loss 2.3073; wanted loss 2.3026, tolerance 0.05".
std::string numbers_text(const ProbeOutcome& probe) {
  const auto pairs = [](const std::map<std::string, Json>& values) {
    std::vector<std::string> parts;
    for (const auto& [name, value] : values) {
      if (value.is_array() && value.empty()) continue;  // "names []" tells nobody anything
      parts.push_back(name + " " +
                      (value.is_number_float() ? fmt::format("{:.5g}", value.get<double>())
                                               : printable(value_text(value), false, 80)));
    }
    return join(parts, ", ");
  };
  const std::string found = pairs(probe.found), wanted = pairs(probe.wanted);
  if (found.empty() && wanted.empty()) return "";
  return "found " + (found.empty() ? "–" : found) + (wanted.empty() ? "" : "; wanted " + wanted);
}

}  // namespace

View probes_view(const TaskView& task) {
  View rows = list();
  bool any = false;
  for (const RunView& run : task.runs) {
    if (!run.folder) continue;
    for (const ProbeOutcome& probe : run.folder->evidence.probes) {
      const ProbeInfo* info = find_probe_info(probe.name);
      std::string name = probe.name;
      std::replace(name.begin(), name.end(), '_', ' ');
      View row;
      row.set("icon", verdict_icon(probe.verdict));
      row.set("name", name);
      row.set("trust", std::string(trust_sign(probe.trust)));
      row.set("level", info == nullptr ? std::string("–") : std::to_string(info->level));
      row.set("help", info == nullptr ? std::string() : info->help);
      row.set("message", printable(probe.message, false, 1000));
      row.set("numbers", maybe(numbers_text(probe)));
      rows << row;
      any = true;
    }
  }
  return any ? View("rows", rows) : View(false);
}

}  // namespace gradus::reports
