#include "reports/report.hpp"

#include "framework/cli/audience.hpp"
#include "framework/cli/command.hpp"
#include "framework/cli/session.hpp"

namespace gradus::cli {
namespace {

struct ReportOptions {
  std::string folder, out, sandbox = "full";
  AudienceOptions audience;
  bool no_pdf = false;
};

Status render(Context& context, const ReportOptions& options) {
  reports::Options wanted;
  wanted.pdf = !options.no_pdf;
  GRADUS_TRY(wanted.mode, sandbox::mode_from_string(options.sandbox));
  GRADUS_TRY(wanted.audience, audience_of(options.audience));
  const fs::path folder = fs::absolute(options.folder);
  wanted.out = options.out.empty() ? folder : fs::absolute(options.out);
  GRADUS_CHECK(reports::render(context.paths, folder, wanted));
  const auto files = report_files(wanted.out, wanted.pdf);
  if (context.json) {
    print_json(context, {{"files", files}});
  } else {
    for (const auto& file : files) context.out.print(file);
  }
  return {};
}

}  // namespace

void add_report(CLI::App& app, Context& context) {
  auto* command = app.add_subcommand("report", "Render the report of a result folder again");
  auto options = std::make_shared<ReportOptions>();
  command->add_option("DIR", options->folder, "A folder that 'gradus run --out' wrote")->required();
  command->add_option("--out", options->out,
                      "Write pages and figures into this folder instead: what may be handed out");
  command->add_flag("--no-pdf", options->no_pdf, "report.html only");
  command->add_option("--sandbox", options->sandbox,
                      "full, reduced or off: how the renderers are confined");
  add_audience_options(*command, options->audience);
  add_json_flag(*command, context);
  command->callback(
      [&context, options] { guarded(context, [&] { return render(context, *options); }); });
}

}  // namespace gradus::cli
