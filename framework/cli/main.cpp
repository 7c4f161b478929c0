// The gradus command: parses arguments and calls the rooms. Each subcommand is a file of its own.

#include <array>
#include <csignal>

#include "framework/cli/command.hpp"
#include "framework/cli/version.hpp"
#include "framework/core/text.hpp"

namespace {

constexpr const char* kFooter =
    "Exit codes: 0 done, 1 a submission fell short, 2 the command or the lab is at fault,\n"
    "3 infrastructure. Labs, data and evidence live under GRADUS_HOME (see 'gradus doctor').";

/// The first word that should name a subcommand and does not, as a sentence; empty where all do.
/// CLI11 itself only says that a subcommand is missing.
std::string unknown_subcommand(const CLI::App& app, int argc, char** argv) {
  const CLI::App* at = &app;
  for (int i = 1; i < argc && at->get_require_subcommand_min() > 0; ++i) {
    const std::string word = argv[i];
    if (word.starts_with("-")) continue;
    std::vector<std::string> names;
    const CLI::App* next = nullptr;
    for (const CLI::App* known : at->get_subcommands([](const CLI::App*) { return true; })) {
      names.push_back(known->get_name());
      if (known->get_name() == word) next = known;
    }
    if (next == nullptr) {
      const std::string near = gradus::nearest(word, names);
      return "found the unknown subcommand '" + gradus::printable(word, false, 80) +
             "', wanted one of " + CLI::detail::join(names, ", ") +
             (near.empty() ? "" : " (did you mean '" + near + "'?)");
    }
    at = next;
  }
  return "";
}

/// The subcommand that the words name, as deep as they do: "gradus lab check".
struct Named {
  const CLI::App* app;
  std::string words;
};
Named named_subcommand(const CLI::App& app, int argc, char** argv) {
  Named named{&app, "gradus"};
  for (int i = 1; i < argc; ++i) {
    const auto subcommands = named.app->get_subcommands(
        [&](const CLI::App* known) { return known->get_name() == argv[i]; });
    if (subcommands.empty()) continue;
    named = {subcommands.front(), named.words + " " + argv[i]};
  }
  return named;
}

/// The first option that the subcommand does not have, as a sentence; empty where it has all.
std::string unknown_option(const CLI::App& app, int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i], word = argument.substr(0, argument.find('='));
    if (!word.starts_with("--") || word == "--" || app.get_option_no_throw(word) != nullptr)
      continue;
    std::vector<std::string> names;
    for (const CLI::Option* known : app.get_options()) {
      for (const std::string& name : known->get_lnames()) names.push_back("--" + name);
    }
    const std::string near = gradus::nearest(word, names);
    return "found the unknown option '" + gradus::printable(word, false, 80) + "', wanted one of " +
           CLI::detail::join(names, ", ") + (near.empty() ? "" : " (did you mean '" + near + "'?)");
  }
  return "";
}

// CLI11's own exit codes are its enum; ours promise 2 for a wrong command line.
int usage_exit(const CLI::App& app, const CLI::ParseError& problem, int argc, char** argv) {
  if (problem.get_exit_code() == 0) return app.exit(problem);  // --help, --version
  const Named named = named_subcommand(app, argc, argv);
  std::string what = unknown_subcommand(app, argc, argv);
  if (what.empty() && problem.get_exit_code() == static_cast<int>(CLI::ExitCodes::ExtrasError))
    what = unknown_option(*named.app, argc, argv);
  if (what.empty()) what = gradus::printable(problem.what());
  std::fprintf(stderr, "gradus: error: %s\n  to do: see '%s --help'\n", what.c_str(),
               named.words.c_str());
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  gradus::cli::Context context;
  auto paths = gradus::find_paths();
  if (!paths.ok()) {
    gradus::cli::report_error(context, paths.error());
    return context.exit_code;
  }
  context.paths = *paths;

  CLI::App app("Gradus runs and grades deep-learning labs on native LibTorch plugins.", "gradus");
  app.set_version_flag("--version", std::string("gradus ") + gradus::cli::kVersion);
  app.require_subcommand(1);
  app.footer(kFooter);
  using Add = void (*)(CLI::App&, gradus::cli::Context&);
  constexpr std::array<Add, 9> kSubcommands = {
      gradus::cli::add_doctor, gradus::cli::add_data,    gradus::cli::add_lab,
      gradus::cli::add_new,    gradus::cli::add_check,   gradus::cli::add_run,
      gradus::cli::add_grade,  gradus::cli::add_regrade, gradus::cli::add_report};
  for (const Add add : kSubcommands) add(app, context);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& problem) {
    return usage_exit(app, problem, argc, argv);
  }
  return context.exit_code;
}
