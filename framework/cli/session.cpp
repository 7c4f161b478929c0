#include "framework/cli/session.hpp"

#include <algorithm>

#include "framework/cli/interrupt.hpp"
#include "framework/cli/plan_cost.hpp"
#include "framework/cli/recipe_line.hpp"
#include "framework/cli/run_lines.hpp"
#include "framework/core/text.hpp"
#include "framework/lab/problems.hpp"

namespace gradus::cli {

Result<std::vector<lab::Override>> parse_overrides(const std::vector<std::string>& sets) {
  std::vector<lab::Override> out;
  for (const auto& text : sets) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0) {
      return user_error("--set", "found '" + text + "', wanted KEY=VALUE",
                        "e.g. --set recipe.epochs=2");
    }
    out.push_back({text.substr(0, equals), text.substr(equals + 1)});
  }
  return out;
}

void add_device_option(CLI::App& command, std::string& device) {
  command
      .add_option(
          "--device", device,
          "cpu; cuda: an NVIDIA GPU; auto: one where one can be used (default: what the lab "
          "says)")
      ->check(CLI::IsMember({"cpu", "cuda", "auto"}));
}

void take_device(const std::string& device, std::vector<lab::Override>& overrides) {
  if (!device.empty()) overrides.push_back({"run.device", device});
}

Result<Session> run_session(Context& context, const SessionOptions& options) {
  grader::Hooks hooks;
  hooks.say = [&](const std::string& line) { context.err.print(printable(line)); };
  GRADUS_TRY(auto prepared, grader::prepare(context.paths, options.request, hooks.say));
  if (!options.out.empty()) {
    GRADUS_CHECK(grader::check_result_folder(options.out, prepared.lab.id));
  }
  if (!prepared.failure) {
    const auto known = executor::cached(context.paths, prepared.plan);
    context.err.print("plan: " + cost_of(prepared.plan, prepared.lab).text() +
                      evidence_text(prepared.plan, known, options.fresh));
  }
  RunLines lines(context.err);
  const InterruptGuard guard;
  hooks.cancelled = interrupted;
  hooks.progress = [&](const grader::Prepared& of, const executor::RunProgress& progress) {
    lines.show(of.plan, progress);
  };
  hooks.estimate = [&](const executor::Estimate& estimate) { lines.show(estimate); };
  auto session =
      grader::run_session(context.paths, std::move(prepared), options.jobs, options.fresh, hooks);
  lines.close();
  return session;
}

namespace {

/// What is said of lost points, with the titles of the items that it is said of: a crash is told
/// once.
std::vector<std::pair<std::string, std::vector<std::string>>> feedback_of(const LabResult& result) {
  std::vector<std::pair<std::string, std::vector<std::string>>> all;
  for (const auto& item : result.rubric) {
    if (item.verdict == "pass" || item.feedback.empty()) continue;
    auto at = std::find_if(all.begin(), all.end(),
                           [&](const auto& one) { return one.first == item.feedback; });
    if (at == all.end()) at = all.insert(all.end(), {item.feedback, {}});
    at->second.push_back(printable(item.title.empty() ? item.id : item.title));
  }
  return all;
}

/// "A, B and 7 more".
std::string some_of(std::vector<std::string> titles) {
  constexpr std::size_t kMost = 3;
  if (titles.size() <= kMost) return lab::enumerate(titles, "and");
  const std::string more = std::to_string(titles.size() - kMost + 1) + " more";
  titles.resize(kMost - 1);
  return join(titles, ", ") + " and " + more;
}

}  // namespace

void print_rubric(const Context& context, const LabResult& result) {
  const auto& out = context.out;
  out.print("");
  out.print(out.styled(Style::bold, printable(result.title)) + "  " + printable(result.submission) +
            ", profile " + result.profile);
  Table table{
      {"Item", "Points", "Verdict", "Found", "Wanted"}, {}, {}, {false, true, false, false, false}};
  for (const auto& item : result.rubric) {
    const Style style = item.verdict == "pass"   ? Style::good
                        : item.verdict == "fail" ? Style::bad
                                                 : Style::warn;
    const std::string verdict = item.verdict == "not_graded" ? "not graded" : item.verdict;
    table.rows.push_back(
        {printable(item.title.empty() ? item.id : item.title),
         number(item.points) + " / " + number(item.max_points) + (item.bonus ? " bonus" : ""),
         verdict, printable(item.found), printable(item.wanted)});
    table.styles.push_back({Style::plain, Style::plain, style, Style::plain, Style::dim});
  }
  out.write(table.render(out));
  out.print(
      "  " +
      out.styled(Style::bold, "Score " + number(result.score) + " of " + number(result.max_score)) +
      (result.cap > 0 && result.score >= result.cap ? "   (capped)" : "") +
      (result.sandbox == "full" ? "" : "   (sandbox: " + result.sandbox + ")"));
  if (result.withheld) {
    out.print(out.styled(
        Style::dim, "  Some of the lab is not shown here; points are those of what is shown."));
  }
  if (!result.own_recipe.is_null())
    out.print("  Recipe of the submission: " + recipe_line(result.own_recipe.at("values")));
  if (result.failure) {
    out.print(out.styled(Style::bad, "  " + result.failure->code) + " in " +
              printable(result.failure->phase) + ": " + printable(result.failure->what, true));
    if (!result.failure->cure.empty())
      out.print("  to do: " + printable(result.failure->cure, true));
    return;
  }
  for (const auto& [feedback, titles] : feedback_of(result))
    out.print("  " + out.styled(Style::warn, some_of(titles)) + ": " + printable(feedback, true));
}

int session_exit_code(const LabResult& result) {
  int code = 0;
  if (result.state == "not_graded") return 3;
  if (result.state != "graded") return 1;
  for (const auto& item : result.rubric) {
    if (item.verdict == "not_graded") return 3;
    if (!item.bonus && item.points < item.max_points) code = 1;
  }
  return code;
}

std::vector<std::string> report_files(const std::filesystem::path& folder, bool pdf) {
  std::vector<std::string> files = {(folder / "report.html").string()};
  if (pdf) files.push_back((folder / "report.pdf").string());
  return files;
}

}  // namespace gradus::cli
