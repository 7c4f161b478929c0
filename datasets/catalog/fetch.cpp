#include "datasets/catalog/fetch.hpp"

#include <system_error>

#include "framework/core/files.hpp"
#include "framework/core/hash.hpp"
#include "framework/core/process.hpp"
#include "framework/core/text.hpp"

namespace gradus::datasets {
namespace {

namespace fs = std::filesystem;

// A publisher that does not answer costs seconds, one that trickles half a minute; the rest of the
// limits only keep a hanging child from staying for ever.
constexpr const char* kConnectSeconds = "5";
constexpr const char* kSlowBytesPerSecond = "50000";
constexpr const char* kSlowSeconds = "30";
constexpr const char* kLargestDownload = "1000000000";
constexpr double kLongestMs = 3600.0 * 1000;

/// The first lines that say something.
std::string first_lines(const std::string& text) {
  std::string out;
  int lines = 0;
  for (const std::string& line : split(text, '\n')) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    out += (out.empty() ? "" : "; ") + line;
    if (++lines == 4) break;
  }
  return out.empty() ? "no message" : printable(out, false, 500);
}

Status download(const Source& source, const fs::path& part) {
  if (find_program("curl").empty()) {
    return infrastructure_error(source.location, "curl is not installed and is needed to fetch it",
                                "apt-get install curl ca-certificates");
  }
  Command command;
  command.argv = {"curl", "--fail", "--location", "--silent", "--show-error",
                  // file: only the table and tests name it; a server cannot lead us there.
                  "--proto", "=https,file", "--proto-redir", "=https", "--connect-timeout",
                  kConnectSeconds, "--speed-limit", kSlowBytesPerSecond, "--speed-time",
                  kSlowSeconds, "--max-filesize", kLargestDownload, "--continue-at", "-",
                  "--output", part.string(), source.location};
  command.timeout_ms = kLongestMs;
  // Dies with us, however we die: else it would write on beside the next one's download.
  if (!find_program("setpriv").empty()) {
    command.argv.insert(command.argv.begin(), {"setpriv", "--pdeathsig", "KILL", "--"});
  }
  GRADUS_TRY(const Completed done, gradus::run(command));
  if (done.timed_out) return infrastructure_error(source.location, "curl took too long");
  if (done.exit_code == 0) return {};
  return infrastructure_error(
      source.location,
      "curl failed (exit code " + std::to_string(done.exit_code) + "): " + first_lines(done.err),
      "look at the network connection, or give a local archive with --from");
}

/// An error where the hash is known and another.
Status check_hash(const Source& source, const fs::path& file) {
  if (source.sha256.empty()) return {};
  GRADUS_TRY(const std::string hash, sha256_file(file));
  if (hash == source.sha256) return {};
  return infrastructure_error(source.location,
                              "the download has sha256 " + hash + ", wanted " + source.sha256);
}

}  // namespace

Result<fs::path> fetch(const Source& source, const fs::path& downloads, const Say& say) {
  const fs::path whole = downloads / source.file;
  const fs::path part = downloads / (source.file + ".part");
  std::error_code error;
  const std::uintmax_t had = fs::file_size(part, error);
  const bool resumed = !error && had > 0;
  say("fetching " + source.location + " (" + source.size + ")" +
      (resumed ? ", going on after " + byte_size(static_cast<double>(had)) : ""));
  Status status = download(source, part);
  if (status.ok()) status = check_hash(source, part);
  // What was there before may be the damaged piece: once more from the start.
  if (!status.ok() && resumed) {
    say("the interrupted download could not be completed; starting again");
    fs::remove(part, error);
    status = download(source, part);
    if (status.ok()) status = check_hash(source, part);
    if (!status.ok()) fs::remove(part, error);
  }
  if (!status.ok()) {
    // A piece that is too short stays for the next time; a whole one with a wrong hash does not.
    if (status.error().what.starts_with("the download has")) fs::remove(part, error);
    return status.error();
  }
  fs::rename(part, whole, error);
  if (error) return infrastructure_error(whole.string(), "cannot be named so: " + error.message());
  return whole;
}

}  // namespace gradus::datasets
