#pragma once

#include <string>

#include "framework/cli/command.hpp"
#include "framework/core/files.hpp"
#include "framework/record/student_view.hpp"

namespace gradus::cli {

/// For whom pages and tables are made, as options of a subcommand.
struct AudienceOptions {
  std::string audience = "student", now;
  bool published = false;
};

/// --audience, --published and --now.
void add_audience_options(CLI::App& app, AudienceOptions& options);
/// The options' audience; `now` is the machine's clock unless --now says otherwise. Error (user):
/// a --now that is no time with an offset.
Result<Audience> audience_of(const AudienceOptions& options);

/// --private FILE.
void add_private_option(CLI::App& app, std::string& file);
/// The file as an absolute path; empty where none was given.
fs::path private_overlay(const std::string& file);

}  // namespace gradus::cli
