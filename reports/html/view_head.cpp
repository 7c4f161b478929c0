// Title, score, summary and, where something broke, what broke.
#include <fmt/format.h>

#include <algorithm>

#include "framework/core/text.hpp"
#include "reports/html/view.hpp"
#include "reports/model/words.hpp"

namespace gradus::reports {
namespace {

constexpr std::size_t kLogLines = 30;

std::string state_name(const std::string& state) {
  if (state == "build_failed") return "Not built";
  if (state == "rejected") return "Not accepted";
  return "Not graded";
}

std::string fault_name(Fault fault) {
  switch (fault) {
    case Fault::submission:
      return "caused by the submission";
    case Fault::user:
      return "caused by the command or the lab";
    case Fault::infrastructure:
      return "caused by the machine or by us: costs no points";
  }
  return "";
}

std::string sandbox_note(const std::string& mode) {
  if (mode == "full") return "";
  if (mode == "reduced") {
    return "The sandbox ran reduced: without namespaces. Do not grade submissions of strangers "
           "this way.";
  }
  return "The sandbox was off: the submission ran with the rights of whoever started it, and could "
         "have changed "
         "what is reported here.";
}

std::string log_tail(const std::string& log) {
  std::vector<std::string> lines = split(log, '\n');
  while (!lines.empty() && lines.back().empty()) lines.pop_back();
  const std::size_t skip = lines.size() > kLogLines ? lines.size() - kLogLines : 0;
  return printable(join(std::span(lines).subspan(skip), "\n"), true, 6000);
}

View failure_view(const std::string& heading, const Failure& failure, const std::string& log) {
  View view;
  view.set("heading", heading);
  view.set("code", failure.code);
  view.set("phase", failure.phase);
  view.set("fault", fault_name(failure.fault));
  view.set("block", failure.what.find('\n') != std::string::npos);
  view.set("what", printable(failure.what, true, 12'000));
  view.set("cure", maybe(failure.cure));
  view.set("log", maybe(log_tail(log)));
  return view;
}

void set_score(View& page, const LabResult& r) {
  double regular = 0, bonus = 0, bonus_max = 0;
  for (const RubricOutcome& item : r.rubric) {
    if (!item.bonus) {
      regular += item.verdict == "not_graded" ? 0 : item.points;
      continue;
    }
    bonus += item.points;
    bonus_max += item.max_points;
  }
  const double whole = std::max(r.max_score + bonus_max, 1e-9);
  const auto share = [&](double points) {
    return fmt::format("{:.2f}", std::clamp(points / whole, 0.0, 1.0) * 100);
  };
  const bool some = std::any_of(r.rubric.begin(), r.rubric.end(), [](const RubricOutcome& item) {
    return item.verdict != "not_graded";
  });
  page.set("graded", r.state == "graded" || (r.state == "not_graded" && some));
  page.set("so_far", r.state == "not_graded");
  page.set("state", state_name(r.state));
  page.set("score", points_text(r.score));
  page.set("max", points_text(r.max_score));
  page.set("bonus", bonus_max > 0 ? View(fmt::format("{} of {} in bonus items", points_text(bonus),
                                                     points_text(bonus_max)))
                                  : View(false));
  const double filled = std::min(regular, r.score);  // a cap may cut the total
  page.set("fill", share(filled));
  page.set("bonus_fill", r.score > filled ? View(share(r.score - filled)) : View(false));
  page.set("bonus_left", share(filled));
  page.set("mark", bonus_max > 0 ? View(share(r.max_score)) : View(false));
}

}  // namespace

void set_head(View& page, const ReportData& data) {
  const LabResult& r = data.result;
  const Summary summary = summarize(data);
  page.set("title", r.title.empty() ? r.lab : r.title);
  page.set("text", maybe(r.text));
  page.set("submission", r.submission);
  page.set("profile", r.profile);
  page.set("sandbox", r.sandbox);
  page.set("hash", maybe(r.submission_hash.substr(0, 12)));
  page.set("summary", summary.text);
  page.set("first", maybe(printable(with_key_titles(summary.first), false, 900)));
  page.set("sandbox_note", maybe(sandbox_note(r.sandbox)));
  set_score(page, r);

  View failures = list();
  if (r.failure) failures << failure_view("Why there is no result", *r.failure, "");
  std::vector<std::string> shown;
  for (const ResultRun& run : r.runs) {
    const auto found = data.evidence.find(run.run_hash);
    if (run.status == "missing" || found == data.evidence.end()) continue;
    const Evidence& evidence = found->second.evidence;
    if (!evidence.failure) continue;
    if (std::find(shown.begin(), shown.end(), run.run_hash) != shown.end()) continue;
    shown.push_back(run.run_hash);
    failures << failure_view("Run " + run.id + " failed", *evidence.failure,
                             found->second.observed.log);
  }
  page.set("failures", failures);
}

}  // namespace gradus::reports
