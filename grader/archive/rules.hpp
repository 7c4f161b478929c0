#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "framework/core/result.hpp"

namespace gradus::grader {

/// What an archive may cost before it is given up. Far above any submission of sources; a prebuilt
/// library, where a lab takes one, still fits.
struct ArchiveCaps {
  std::uint64_t archive_bytes = std::uint64_t{64} << 20;
  std::uint64_t members = 4096;  ///< files and folders
  std::uint64_t total_bytes = std::uint64_t{96} << 20;
  std::uint64_t file_bytes = std::uint64_t{64} << 20;
  std::uint64_t path_bytes = 240, depth = 16;
  std::uint64_t ratio = 100;  ///< unpacked bytes an archive byte, counted once past `ratio_from`
  std::uint64_t ratio_from = std::uint64_t{4} << 20;

  /// Command line words of gradus-unpack, and back.
  std::string to_text() const;
  static std::optional<ArchiveCaps> from_text(const std::string& text);
};

/// Why an archive is not taken.
struct Refusal {
  std::string what, cure;
};

/// The names and sizes that an archive may hold, checked member by member. The unpacker applies it,
/// so that a bomb ends early; so does the host to what the unpacker says, because it believes
/// nothing.
class ArchiveRules {
 public:
  ArchiveRules(const ArchiveCaps& caps, std::uint64_t archive_bytes)
      : caps_(caps), archive_bytes_(archive_bytes) {}

  /// The next member. `name` becomes its plain relative form ("src/net.cpp"), empty for the
  /// archive's own root ("./"). Refuses absolute names, "..", odd characters, names that another
  /// member has already (also where only upper and lower case differ), too many, long or deep ones.
  std::optional<Refusal> enter(const std::string& raw, bool folder, std::string& name);
  /// `bytes` more of the current file, before they are kept.
  std::optional<Refusal> take(std::uint64_t bytes);
  std::uint64_t members() const { return members_; }  ///< that were entered

 private:
  struct Known {
    std::string name;
    bool folder = false;
  };
  std::optional<Refusal> claim(const std::string& name, bool folder);

  const ArchiveCaps caps_;
  const std::uint64_t archive_bytes_;
  std::uint64_t members_ = 0, total_ = 0, file_ = 0;
  std::string current_;
  std::map<std::string, Known> known_;  ///< by name in lower case
};

}  // namespace gradus::grader
