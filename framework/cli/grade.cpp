#include "grader/batch/batch.hpp"

#include <algorithm>

#include "framework/cli/audience.hpp"
#include "framework/cli/class_table.hpp"
#include "framework/cli/command.hpp"
#include "framework/cli/interrupt.hpp"
#include "framework/cli/plan_cost.hpp"
#include "framework/cli/run_lines.hpp"
#include "framework/cli/session.hpp"
#include "framework/core/text.hpp"
#include "reports/report.hpp"

namespace gradus::cli {
namespace {

constexpr const char* kGradeProfile = "grade";

struct GradeOptions {
  std::string lab, profile, out, overlay, sandbox = "full", device;
  AudienceOptions audience;
  std::vector<std::string> submissions, sets;
  int jobs = 0;
  bool complete = false, no_pdf = false;
};

/// The profile that was asked for, else "grade" where the lab has it, else the lab's default.
Result<std::string> profile_of(const fs::path& lab_file, const std::string& wanted,
                               const fs::path& overlay) {
  if (!wanted.empty()) return wanted;
  GRADUS_TRY(const auto lab, lab::read_lab(lab_file, "", grader::vocabulary({}), {}, overlay));
  const bool has =
      std::find(lab.profiles.begin(), lab.profiles.end(), kGradeProfile) != lab.profiles.end();
  return std::string(has ? kGradeProfile : "");
}

Result<grader::BatchRequest> request_of(const Context& context, const GradeOptions& options) {
  grader::BatchRequest batch;
  // First what may be wrong on the command line, before anything is read or built.
  GRADUS_CHECK(sandbox::mode_from_string(options.sandbox));
  GRADUS_TRY(batch.request.overrides, parse_overrides(options.sets));
  take_device(options.device, batch.request.overrides);
  if (options.complete) batch.request.overrides.push_back(kCompleteOverride);
  GRADUS_TRY(batch.submissions,
             grader::find_submissions({options.submissions.begin(), options.submissions.end()}));
  batch.request.private_overlay = private_overlay(options.overlay);
  GRADUS_TRY(batch.request.lab_file, lab::find_lab(context.paths.labs(), options.lab));
  GRADUS_TRY(batch.request.profile,
             profile_of(batch.request.lab_file, options.profile, batch.request.private_overlay));
  batch.request.sandbox = options.sandbox;
  batch.out = fs::absolute(options.out);
  batch.jobs = options.jobs;
  return batch;
}

grader::BatchHooks hooks_of(const Context& context, const GradeOptions& options,
                            const Audience& audience, RunLines& lines) {
  grader::BatchHooks hooks;
  hooks.run.say = [&](const std::string& line) { context.err.print(printable(line)); };
  hooks.run.cancelled = interrupted;
  hooks.run.progress = [&](const grader::Prepared& of, const executor::RunProgress& progress) {
    lines.show(of.plan, progress);
  };
  hooks.render = [&](const fs::path& folder) -> Status {
    reports::Options report;
    report.audience = audience;
    report.pdf = !options.no_pdf;
    GRADUS_TRY(report.mode, sandbox::mode_from_string(options.sandbox));
    return reports::render(context.paths, folder, report);
  };
  hooks.planned = [&](const lab::Lab& lab, const Plan& each, std::size_t todo,
                      std::size_t skipped) {
    context.err.print(std::to_string(todo) + " to grade, " + std::to_string(skipped) +
                      " done before; each: " + cost_of(each, lab).text());
  };
  hooks.started = [&](const std::string& name, std::size_t n, std::size_t todo) {
    context.err.print(context.err.styled(
        Style::bold, "[" + std::to_string(n) + "/" + std::to_string(todo) + "] " + name));
  };
  hooks.finished = [&](const GradedSubmission& row) {
    lines.close();
    context.err.print("  " + row_line(context.err, row));
  };
  return hooks;
}

void print_outcome(const Context& context, const grader::BatchOutcome& outcome,
                   const fs::path& out) {
  print_class(context.out, outcome.grades);
  const auto names = [](const std::vector<std::string>& all) {
    constexpr std::size_t kShown = 20;
    std::vector<std::string> some(
        all.begin(), all.begin() + static_cast<std::ptrdiff_t>(std::min(kShown, all.size())));
    return join(some, ", ") + (all.size() > kShown ? ", ..." : "");
  };
  if (!outcome.skipped.empty()) {
    context.out.print("  skipped, graded before and unchanged (" +
                      std::to_string(outcome.skipped.size()) + "): " + names(outcome.skipped));
  }
  if (!outcome.kept.empty()) {
    context.out.print("  of an earlier call, left as they are (" +
                      std::to_string(outcome.kept.size()) + "): " + names(outcome.kept));
  }
  context.out.print("  " + (out / "grades.csv").string());
  if (outcome.interrupted) {
    context.err.print("interrupted; call the same command again to go on");
  }
}

Status grade(Context& context, const GradeOptions& options) {
  GRADUS_TRY(const grader::BatchRequest request, request_of(context, options));
  GRADUS_TRY(const Audience audience, audience_of(options.audience));
  RunLines lines(context.err);
  const InterruptGuard guard;
  const grader::BatchHooks hooks = hooks_of(context, options, audience, lines);
  auto graded = grader::grade_all(context.paths, request, hooks);
  lines.close();
  GRADUS_TRY(const grader::BatchOutcome outcome, std::move(graded));
  if (context.json) {
    Json json = to_json(outcome.grades);
    json["folder"] = request.out.string();
    json["skipped"] = outcome.skipped;
    json["kept"] = outcome.kept;
    json["interrupted"] = outcome.interrupted;
    print_json(context, json);
  } else {
    print_outcome(context, outcome, request.out);
  }
  context.exit_code = class_exit_code(outcome.grades);
  return {};
}

}  // namespace

void add_grade(CLI::App& app, Context& context) {
  auto* command = app.add_subcommand(
      "grade", "Grade many submissions: a result folder each, grades.csv, grades.json");
  auto options = std::make_shared<GradeOptions>();
  command->add_option("LAB", options->lab, "A lab's id, folder or file")->required();
  command
      ->add_option("SUBMISSIONS", options->submissions,
                   "Folders of sources, archives (zip; tar, plain or .gz, .xz, .zst), or a folder "
                   "that holds only such")
      ->required();
  command
      ->add_option("--out", options->out,
                   "Folder of the grades; called again, what is done there is not repeated")
      ->required();
  command->add_option("--profile", options->profile,
                      "Profile; default: 'grade' where the lab has it, else the lab's own default");
  command->add_option("--set", options->sets,
                      "Override a key of the lab, KEY=VALUE (may be repeated)");
  command->add_option("--jobs", options->jobs, "Runs side by side; default: one a core")
      ->check(CLI::Range(0, 1024));
  command->add_option("--sandbox", options->sandbox, "full, reduced or off (said in the reports)");
  add_device_option(*command, options->device);
  command->add_flag("--complete", options->complete,
                    "Train every arm of a sweep to its end, even where the lab's stop_arms would "
                    "stop it early (run.complete = true)");
  command->add_flag("--no-pdf", options->no_pdf, "Write report.html only");
  add_private_option(*command, options->overlay);
  add_audience_options(*command, options->audience);
  add_json_flag(*command, context);
  command->footer(
      "Exit codes: 0 once every submission has its state, 2 the command or the lab is at fault,\n"
      "3 some are not graded (infrastructure, interrupted).");
  command->callback(
      [&context, options] { guarded(context, [&] { return grade(context, *options); }); });
}

}  // namespace gradus::cli
