#include <chrono>
#include <set>
#include <thread>

#include "framework/build/build.hpp"
#include "framework/cli/audience.hpp"
#include "framework/cli/command.hpp"
#include "framework/cli/session.hpp"
#include "framework/core/text.hpp"
#include "framework/record/probes.hpp"

namespace gradus::cli {
namespace {

struct CheckOptions {
  std::string folder, lab, overlay, sandbox = "full", device;
  int level = 0;  ///< 0: kUsualLevel, or everything where a lab is named
  bool watch = false;
};

constexpr int kUsualLevel = 5;  ///< the quick ones

// The kinds of plugin that a folder registers, found by building it (cached: nothing is done
// twice).
Result<std::set<std::string>> kinds_of(Context& context, const CheckOptions& options) {
  build::Request request;
  request.folder = fs::absolute(options.folder);
  GRADUS_TRY(request.mode, sandbox::mode_from_string(options.sandbox));
  GRADUS_TRY(const auto toolchain, read_toolchain(context.paths));
  GRADUS_TRY(const auto built, build::build(context.paths, toolchain, request));
  if (built.failure) {
    return submission_error(
        options.folder,
        built.failure->code + " in " + built.failure->phase + ": " + built.failure->what,
        built.failure->cure);
  }
  std::set<std::string> kinds;
  for (const auto& plugin : built.built->plugins) kinds.insert(plugin.kind);
  return kinds;
}

// Labs that `gradus check` runs: the named one, or the general probes of each kind found.
Result<std::vector<fs::path>> labs_for(Context& context, const CheckOptions& options) {
  std::vector<fs::path> labs;
  if (!options.lab.empty()) {
    GRADUS_TRY(labs.emplace_back(), lab::find_lab(context.paths.labs(), options.lab));
    return labs;
  }
  GRADUS_TRY(const auto kinds, kinds_of(context, options));
  for (const auto& kind : kinds) labs.push_back(context.paths.labs() / "check" / (kind + ".toml"));
  return labs;
}

Status check_once(Context& context, const CheckOptions& options) {
  GRADUS_TRY(const auto labs, labs_for(context, options));
  GRADUS_TRY(const Audience audience, audience_of({}));
  Json json = Json::array();
  for (const auto& file : labs) {
    SessionOptions session_options;
    auto& request = session_options.request;
    request.lab_file = file;
    request.private_overlay = private_overlay(options.overlay);
    request.submission = fs::absolute(options.folder);
    request.sandbox = options.sandbox;
    take_device(options.device, request.overrides);
    request.level = options.level;
    if (options.level == 0) request.level = options.lab.empty() ? kUsualLevel : kHighestLevel;
    if (!options.lab.empty()) {
      // A student's loop is the lab's probes; the trainings are what `gradus run` is for.
      GRADUS_TRY(const auto lab, lab::read_lab(file, "", grader::vocabulary({"cifar10"}), {},
                                               request.private_overlay));
      for (const auto& task : lab.tasks) {
        if (task.kind == "probe") request.tasks.push_back(task.id);
      }
    }
    GRADUS_TRY(const Session session, run_session(context, session_options));
    const LabResult shown = seen_by(session.result, audience);
    context.exit_code = std::max(context.exit_code, session_exit_code(shown));
    if (context.json) {
      json.push_back(to_json(shown));
    } else {
      print_rubric(context, shown);
    }
  }
  if (context.json) print_json(context, json);
  return {};
}

fs::file_time_type newest(const fs::path& folder) {
  fs::file_time_type latest{};
  std::error_code code;
  for (fs::recursive_directory_iterator it(folder, code), end; it != end; it.increment(code)) {
    if (code) break;
    latest = std::max(latest, it->last_write_time(code));
  }
  return latest;
}

Status check(Context& context, const CheckOptions& options) {
  if (!options.watch) return check_once(context, options);
  if (!fs::is_directory(options.folder)) return user_error(options.folder, "is not a folder");
  constexpr auto kPoll = std::chrono::milliseconds(300);
  for (;;) {
    const auto seen = newest(options.folder);
    context.exit_code = 0;
    guarded(context, [&] { return check_once(context, options); });
    context.err.print(
        context.err.styled(Style::dim, "watching " + printable(options.folder) + " (Ctrl-C ends)"));
    while (newest(options.folder) == seen) std::this_thread::sleep_for(kPoll);
  }
}

}  // namespace

void add_check(CLI::App& app, Context& context) {
  auto* command = app.add_subcommand("check", "Build and probe a plugin: the student's loop");
  auto options = std::make_shared<CheckOptions>();
  command->add_option("DIR", options->folder, "Folder of sources")->required();
  command->add_option("--lab", options->lab,
                      "Use this lab's probes; default: probes that suit every plugin");
  command
      ->add_option("--level", options->level,
                   "How strict, 1 to 10: 1 shapes ... 5 learns one batch, 6 and above what is "
                   "subtle or slow; default 5, with --lab all that the lab asks")
      ->check(CLI::Range(kLowestLevel, kHighestLevel))
      ->type_name("LEVEL");
  command->add_flag("--watch", options->watch, "Check again whenever a file changes");
  command->add_option("--sandbox", options->sandbox, "full, reduced or off");
  add_device_option(*command, options->device);
  add_private_option(*command, options->overlay);
  add_json_flag(*command, context);
  command->callback(
      [&context, options] { guarded(context, [&] { return check(context, *options); }); });
}

}  // namespace gradus::cli
