#include "grader/regrade.hpp"

#include "framework/cli/audience.hpp"
#include "framework/cli/class_table.hpp"
#include "framework/cli/command.hpp"
#include "framework/cli/session.hpp"
#include "framework/core/files.hpp"
#include "framework/core/text.hpp"
#include "grader/batch/batch.hpp"
#include "reports/report.hpp"

namespace gradus::cli {
namespace {

struct RegradeOptions {
  std::string folder, lab, overlay, sandbox = "full";
  AudienceOptions audience;
  std::vector<std::string> tasks, sets;
  bool complete = false, no_report = false, no_pdf = false;
};

/// The lab of a result, under the profile of then. Without --lab: the one that is installed.
/// `whole`: the result says that all of its arms were trained to their end.
Result<lab::Lab> lab_of(const Context& context, const RegradeOptions& options,
                        const std::string& id, const std::string& profile,
                        const std::vector<std::string>& sets, bool whole) {
  GRADUS_TRY(const auto file,
             lab::find_lab(context.paths.labs(), options.lab.empty() ? id : options.lab));
  GRADUS_TRY(auto overrides, parse_overrides(sets));
  if (whole) overrides.insert(overrides.begin(), kCompleteOverride);  // a --set stands above it
  if (options.complete) overrides.push_back(kCompleteOverride);
  GRADUS_TRY(auto lab, lab::read_lab(file, profile, grader::vocabulary({}), overrides,
                                     private_overlay(options.overlay)));
  GRADUS_CHECK(lab::check_task_names(lab, options.tasks));
  return lab;
}

/// The page that is there shows the older marks: a new one, or none.
Status refresh_report(const Context& context, const RegradeOptions& options,
                      const fs::path& folder) {
  if (options.no_report) {
    GRADUS_CHECK(remove_tree(folder / "report.html"));
    return remove_tree(folder / "report.pdf");
  }
  reports::Options report;
  report.pdf = !options.no_pdf;
  GRADUS_TRY(report.audience, audience_of(options.audience));
  GRADUS_TRY(report.mode, sandbox::mode_from_string(options.sandbox));
  return reports::render(context.paths, folder, report);
}

Status regrade_result(Context& context, const RegradeOptions& options, const fs::path& folder) {
  GRADUS_TRY(const LabResult old, read_result(folder));
  GRADUS_TRY(const lab::Lab lab, lab_of(context, options, old.lab, old.profile, options.sets,
                                        old.environment.contains(grader::kWholeArms)));
  GRADUS_TRY(const Audience audience, audience_of(options.audience));
  GRADUS_TRY(const grader::Remarked remarked, grader::remark(folder, lab, options.tasks));
  GRADUS_CHECK(grader::rewrite_result(remarked.result, folder));
  GRADUS_CHECK(refresh_report(context, options, folder));
  const LabResult shown = seen_by(remarked.result, audience);
  if (context.json) {
    Json json = to_json(shown);
    json["folder"] = folder.string();
    print_json(context, json);
  } else {
    print_rubric(context, shown);
    const LabResult before = seen_by(old, audience);
    context.out.print("  was " + number(before.score) + " of " + number(before.max_score));
  }
  context.exit_code = session_exit_code(shown);
  return {};
}

Status regrade_class(Context& context, const RegradeOptions& options, const fs::path& folder) {
  if (!options.tasks.empty()) return user_error("--task", "is for a single result only");
  GRADUS_TRY(const FileLock lock, grader::lock_grades(folder));
  GRADUS_TRY(const Grades old, read_grades(folder));
  std::vector<std::string> sets = old.overrides;
  sets.insert(sets.end(), options.sets.begin(), options.sets.end());
  GRADUS_TRY(const lab::Lab lab, lab_of(context, options, old.lab, old.profile, sets, false));
  GRADUS_TRY(const grader::RemarkedClass remarked, grader::remark_class(folder, lab));
  // The table first: from here on 'gradus grade' knows that these marks are not of its own making.
  GRADUS_CHECK(grader::write_grades(remarked.grades, folder));
  for (const auto& [place, result] : remarked.results) {
    GRADUS_CHECK(grader::rewrite_result(result, place));
  }
  // Marks are there in milliseconds, pages take seconds each: nobody should wait for the table.
  if (!context.json) print_class(context.out, remarked.grades);
  std::size_t rendered = 0;
  for (const auto& [place, result] : remarked.results) {
    if (!options.no_report) {
      context.err.print("rendering " + std::to_string(++rendered) + " of " +
                        std::to_string(remarked.results.size()) + ": " +
                        printable(result.submission));
    }
    GRADUS_CHECK(refresh_report(context, options, place));
  }
  if (context.json) {
    Json json = to_json(remarked.grades);
    json["folder"] = folder.string();
    print_json(context, json);
  }
  context.exit_code = class_exit_code(remarked.grades);
  return {};
}

Status regrade(Context& context, const RegradeOptions& options) {
  const fs::path folder = fs::absolute(options.folder);
  GRADUS_CHECK(sandbox::mode_from_string(options.sandbox));
  std::error_code error;
  if (fs::exists(folder / "grades.json", error)) return regrade_class(context, options, folder);
  return regrade_result(context, options, folder);
}

}  // namespace

void add_regrade(CLI::App& app, Context& context) {
  auto* command = app.add_subcommand(
      "regrade", "Mark a result or a class again after a rubric change; nothing runs");
  auto options = std::make_shared<RegradeOptions>();
  command->add_option("DIR", options->folder, "A folder that 'gradus run' or 'gradus grade' wrote")
      ->required();
  command->add_option("--lab", options->lab,
                      "The changed lab's file; default: the installed lab of that name");
  command->add_option("--task", options->tasks,
                      "The result was run for this task only (may be repeated)");
  command->add_option("--set", options->sets,
                      "Override a key of the lab, KEY=VALUE (may be repeated)");
  command->add_flag("--complete", options->complete,
                    "All arms were trained to their end (a result made with --complete says so)");
  command->add_flag("--no-report", options->no_report,
                    "Mark only; the older report is removed ('gradus report' renders a new one)");
  command->add_flag("--no-pdf", options->no_pdf, "Write report.html only");
  command->add_option("--sandbox", options->sandbox,
                      "full, reduced or off: how the renderers are confined");
  add_private_option(*command, options->overlay);
  add_audience_options(*command, options->audience);
  add_json_flag(*command, context);
  command->callback(
      [&context, options] { guarded(context, [&] { return regrade(context, *options); }); });
}

}  // namespace gradus::cli
