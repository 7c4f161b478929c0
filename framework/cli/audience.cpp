#include "framework/cli/audience.hpp"

#include <array>
#include <ctime>

#include "framework/core/text.hpp"
#include "framework/lab/lab.hpp"

namespace gradus::cli {
namespace {

/// The renderer never looks at a clock: what it is told here is its input.
std::string utc_now() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text.data();
}

}  // namespace

void add_audience_options(CLI::App& app, AudienceOptions& options) {
  app.add_option("--audience", options.audience,
                 "student: pages and tables leave out what the lab does not show yet; "
                 "instructor: they show all. result.json holds all either way")
      ->check(CLI::IsMember({"student", "instructor"}))
      ->capture_default_str();
  app.add_flag("--published", options.published,
               "The grades are out: show items of visibility after_published (and after_due_date)");
  app.add_option("--now", options.now,
                 "Time to hold the lab's due date against, e.g. 2026-12-01T23:59:00+01:00; "
                 "default: the clock");
}

Result<Audience> audience_of(const AudienceOptions& options) {
  Audience audience;
  audience.instructor = options.audience == "instructor";
  audience.published = options.published;
  if (options.now.empty()) {
    audience.now = utc_now();
    return audience;
  }
  const auto now = lab::utc_time(options.now);
  if (!now) {
    return user_error(
        "--now",
        "found '" + printable(options.now, false, 60) + "', wanted a date and time with an offset",
        "e.g. --now 2026-12-01T23:59:00+01:00");
  }
  audience.now = *now;
  return audience;
}

void add_private_option(CLI::App& app, std::string& file) {
  app.add_option("--private", file,
                 "Private overlay of the lab: what students must not see (see "
                 "framework/docs/lab_language.md)");
}

fs::path private_overlay(const std::string& file) {
  return file.empty() ? fs::path() : fs::absolute(file);
}

}  // namespace gradus::cli
