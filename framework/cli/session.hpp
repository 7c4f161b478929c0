#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "framework/cli/command.hpp"
#include "grader/session.hpp"

namespace gradus::cli {

/// What `run` and `check` share: prepare, execute with live lines, grade.
struct SessionOptions {
  grader::Request request;
  int jobs = 0;
  bool fresh = false;
  std::filesystem::path out;  ///< absolute; another lab's result there is refused; empty: not asked
};

using grader::Session;

/// What --complete stands for.
inline const lab::Override kCompleteOverride = {"run.complete", "true"};

/// --set KEY=VALUE, each. Error (user): no '='.
Result<std::vector<lab::Override>> parse_overrides(const std::vector<std::string>& sets);

/// --device cpu, cuda or auto: over the lab's run.device.
void add_device_option(CLI::App& command, std::string& device);
/// The --set that the option stands for; nothing where it was not given.
void take_device(const std::string& device, std::vector<lab::Override>& overrides);

/// Error: the lab, the command or this machine; a submission's failures are in the result.
Result<Session> run_session(Context& context, const SessionOptions& options);

/// The rubric as a table, then a sentence for every item that lacks points.
void print_rubric(const Context& context, const LabResult& result);
/// 0; 1 where a non-bonus item lacks full points; 3 where something could not be graded.
int session_exit_code(const LabResult& result);
/// Paths of report.html and report.pdf.
std::vector<std::string> report_files(const std::filesystem::path& folder, bool pdf);

}  // namespace gradus::cli
