#pragma once

// Archives for tests, hostile ones too: libarchive writes whatever name it is given.

#include <archive.h>
#include <archive_entry.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

namespace gradus::grader::testing {

struct PackedMember {
  std::string name, content;
  unsigned type = AE_IFREG;
  std::string link;  ///< target of a symbolic link, or of a hard link where `hard`
  bool hard = false;
};

inline PackedMember file(std::string name, std::string content = "x") {
  return {std::move(name), std::move(content), AE_IFREG, "", false};
}
inline PackedMember folder(std::string name) { return {std::move(name), "", AE_IFDIR, "", false}; }

/// format: "zip", "tar", "tar.gz", "tar.xz", "tar.zst", "tar.gz.gz" (compressed twice).
inline void make_archive(const std::filesystem::path& path, const std::string& format,
                         const std::vector<PackedMember>& members) {
  archive* writer = archive_write_new();
  if (format == "zip") {
    archive_write_set_format_zip(writer);
  } else {
    archive_write_set_format_pax_restricted(writer);
  }
  if (format.ends_with(".gz")) archive_write_add_filter_gzip(writer);
  if (format.ends_with(".gz.gz")) archive_write_add_filter_gzip(writer);
  if (format.ends_with(".xz")) archive_write_add_filter_xz(writer);
  if (format.ends_with(".zst")) archive_write_add_filter_zstd(writer);
  ASSERT_EQ(archive_write_open_filename(writer, path.c_str()), ARCHIVE_OK);
  for (const PackedMember& member : members) {
    archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname(entry, member.name.c_str());
    archive_entry_set_filetype(entry, member.type);
    archive_entry_set_perm(entry, 0644);
    if (member.hard) {
      archive_entry_set_hardlink(entry, member.link.c_str());
    } else if (!member.link.empty()) {
      archive_entry_set_symlink(entry, member.link.c_str());
    }
    archive_entry_set_size(entry, static_cast<la_int64_t>(member.content.size()));
    ASSERT_GE(archive_write_header(writer, entry), ARCHIVE_WARN) << archive_error_string(writer);
    if (!member.content.empty()) {
      ASSERT_EQ(archive_write_data(writer, member.content.data(), member.content.size()),
                static_cast<la_ssize_t>(member.content.size()));
    }
    archive_entry_free(entry);
  }
  ASSERT_EQ(archive_write_close(writer), ARCHIVE_OK);
  archive_write_free(writer);
}

}  // namespace gradus::grader::testing
