#include "framework/cli/audience.hpp"
#include "framework/cli/command.hpp"
#include "framework/cli/session.hpp"
#include "framework/core/text.hpp"
#include "reports/report.hpp"

namespace gradus::cli {
namespace {

struct RunOptions {
  std::string lab, submission, profile, out, overlay, sandbox = "full", engine, device;
  AudienceOptions audience;
  std::vector<std::string> tasks, sets;
  int jobs = 0;
  bool fresh = false, complete = false, no_pdf = false;
};

Status run(Context& context, const RunOptions& options) {
  SessionOptions session_options;
  auto& request = session_options.request;
  GRADUS_TRY(request.lab_file, lab::find_lab(context.paths.labs(), options.lab));
  request.profile = options.profile;
  request.private_overlay = private_overlay(options.overlay);
  GRADUS_TRY(const Audience audience, audience_of(options.audience));
  request.tasks = options.tasks;
  request.sandbox = options.sandbox;
  if (!options.submission.empty()) request.submission = fs::absolute(options.submission);
  GRADUS_TRY(request.overrides, parse_overrides(options.sets));
  if (!options.engine.empty()) request.overrides.push_back({"run.engine", options.engine});
  take_device(options.device, request.overrides);
  if (options.complete) request.overrides.push_back(kCompleteOverride);
  GRADUS_TRY(const auto mode, sandbox::mode_from_string(options.sandbox));
  session_options.jobs = options.jobs;
  session_options.fresh = options.fresh;
  if (!options.out.empty()) session_options.out = fs::absolute(options.out);

  // Without --out the folder is one in this.
  GRADUS_CHECK(options.out.empty() ? grader::check_writable(fs::absolute("."))
                                   : grader::check_result_folder(fs::absolute(options.out)));

  GRADUS_TRY(const Session session, run_session(context, session_options));
  const LabResult& result = session.result;
  const LabResult shown = seen_by(result, audience);
  const fs::path folder = options.out.empty()
                              ? fs::absolute("gradus-" + result.lab + "-" + result.profile)
                              : fs::absolute(options.out);
  GRADUS_CHECK(grader::write_result(result, session.entries, folder));
  reports::Options report;
  report.pdf = !options.no_pdf;
  report.mode = mode;
  report.audience = audience;
  const Status rendered = reports::render(context.paths, folder, report);
  const auto files = report_files(folder, report.pdf);
  if (context.json) {
    Json json = to_json(shown);
    json["folder"] = folder.string();
    print_json(context, json);
  } else {
    print_rubric(context, shown);
    if (rendered.ok()) {
      for (const auto& file : files) context.out.print("  " + file);
    }
  }
  // The result is on disk: a renderer's failure must not hide it, but is said.
  if (!rendered.ok() && !context.json) return rendered;
  context.exit_code = session_exit_code(shown);
  if (!rendered.ok()) context.exit_code = 3;
  return {};
}

}  // namespace

void add_run(CLI::App& app, Context& context) {
  auto* command = app.add_subcommand(
      "run", "Run a lab on one submission: result.json, report.html, report.pdf");
  auto options = std::make_shared<RunOptions>();
  command->add_option("LAB", options->lab, "A lab's id, folder or file")->required();
  command->add_option("--submission", options->submission,
                      "Folder of sources; default: the lab's reference plugins");
  command->add_option("--profile", options->profile, "Profile; default: the lab's own default");
  command->add_option("--task", options->tasks, "Only this task (may be repeated)");
  command->add_option("--set", options->sets,
                      "Override a key of the lab, KEY=VALUE (may be repeated)");
  command->add_option("--out", options->out, "Result folder; default gradus-LAB-PROFILE");
  command->add_option("--jobs", options->jobs, "Runs side by side; default: one a core")
      ->check(CLI::Range(0, 1024));
  command->add_option("--sandbox", options->sandbox, "full, reduced or off (said in the report)");
  command
      ->add_option(
          "--engine", options->engine,
          "gradus: our kernels for convolutions, batch norm, max pool, ReLU and sums, and our heap "
          "settings; stock: LibTorch's alone (default: what the lab says)")
      ->check(CLI::IsMember({"gradus", "stock"}));
  add_device_option(*command, options->device);
  command->add_flag("--fresh", options->fresh, "Train again where evidence is cached");
  command->add_flag("--complete", options->complete,
                    "Train every arm of a sweep to its end, even where the lab's stop_arms would "
                    "stop it early (run.complete = true)");
  command->add_flag("--no-pdf", options->no_pdf, "Write report.html only");
  add_private_option(*command, options->overlay);
  add_audience_options(*command, options->audience);
  add_json_flag(*command, context);
  command->callback(
      [&context, options] { guarded(context, [&] { return run(context, *options); }); });
}

}  // namespace gradus::cli
