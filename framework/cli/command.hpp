#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "framework/core/paths.hpp"
#include "framework/core/result.hpp"
#include "framework/core/terminal.hpp"
#include "framework/record/plan.hpp"

namespace gradus::cli {

/// What every subcommand shares. Results go to standard output (one JSON document and nothing else
/// under --json), progress and errors to standard error.
struct Context {
  Paths paths;
  Terminal out{stdout};
  Terminal err{stderr};
  bool json = false;
  int exit_code =
      0;  ///< 0 done, 1 a submission fell short, 2 command or lab at fault, 3 infrastructure
};

/// Prints the error (to standard error, or as {"error": ...} under --json) and sets the exit code.
void report_error(Context& context, const Error& error);
/// One JSON document on standard output.
void print_json(const Context& context, const Json& json);
/// Adds --json to a subcommand.
void add_json_flag(CLI::App& app, Context& context);
/// Runs a subcommand's body; its error becomes the message and the exit code.
template <class Body>
void guarded(Context& context, const Body& body) {
  if (Status status = body(); !status.ok()) report_error(context, status.error());
}

// One a file; main.cpp lists them.
void add_doctor(CLI::App& app, Context& context);
void add_data(CLI::App& app, Context& context);
void add_lab(CLI::App& app, Context& context);
void add_new(CLI::App& app, Context& context);
void add_check(CLI::App& app, Context& context);
void add_run(CLI::App& app, Context& context);
void add_report(CLI::App& app, Context& context);
void add_grade(CLI::App& app, Context& context);
void add_regrade(CLI::App& app, Context& context);

}  // namespace gradus::cli
