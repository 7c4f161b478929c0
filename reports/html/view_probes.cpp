// The table of probes.
#include <fmt/format.h>

#include <algorithm>
#include <map>

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

struct Seen {
  const RunView* run;
  const ProbeOutcome* probe;
};

/// What each probe found in each run that asked it, in the order of the first run. A task may ask
/// one probe twice: its first outcome belongs to the first of the other runs.
std::vector<std::vector<Seen>> by_probe(const TaskView& task) {
  std::vector<std::vector<Seen>> groups;
  std::map<std::pair<std::string, int>, std::size_t> places;
  for (const RunView& run : task.runs) {
    if (!run.folder) continue;
    std::map<std::string, int> times;
    for (const ProbeOutcome& probe : run.folder->evidence.probes) {
      const auto place = places.try_emplace({probe.name, times[probe.name]++}, groups.size());
      if (place.second) groups.emplace_back();
      groups[place.first->second].push_back({&run, &probe});
    }
  }
  return groups;
}

View row_of(const ProbeOutcome& probe, const std::string& run) {
  const ProbeInfo* info = find_probe_info(probe.name);
  std::string name = probe.name;
  std::replace(name.begin(), name.end(), '_', ' ');
  View row;
  row.set("icon", verdict_icon(probe.verdict));
  row.set("name", name);
  row.set("run", maybe(run));
  row.set("trust", std::string(trust_sign(probe.trust)));
  row.set("level", info == nullptr ? std::string("–") : std::to_string(info->level));
  row.set("help", info == nullptr ? std::string() : info->help);
  row.set("message", printable(probe.message, false, 1000));
  row.set("numbers", maybe(numbers_text(probe)));
  return row;
}

}  // namespace

/// Where all trials come to one verdict, one row stands for them and says so; else each has a row
/// under its name.
View probes_view(const TaskView& task) {
  View rows = list();
  bool any = false;
  for (const std::vector<Seen>& group : by_probe(task)) {
    any = true;
    const Seen& first = group.front();
    const bool agree = std::all_of(group.begin(), group.end(), [&](const Seen& one) {
      return one.probe->verdict == first.probe->verdict;
    });
    if (!agree) {
      for (const Seen& one : group) rows << row_of(*one.probe, one.run->label);
    } else if (group.size() > 1) {
      rows << row_of(*first.probe, fmt::format("the same verdict in {} {}; here: {}", group.size(),
                                               task.sweep() ? "runs" : "trials", first.run->label));
    } else {
      rows << row_of(*first.probe, task.runs.size() > 1 ? first.run->label : "");
    }
  }
  return any ? View("rows", rows) : View(false);
}

}  // namespace gradus::reports
