#include "datasets/catalog/archive.hpp"

#include <archive.h>
#include <archive_entry.h>

#include <memory>

#include "framework/core/text.hpp"

namespace gradus::datasets {
namespace {

struct Closer {
  void operator()(archive* reader) const { archive_read_free(reader); }
};
using Reader = std::unique_ptr<archive, Closer>;

std::string reason(archive* reader) {
  const char* text = archive_error_string(reader);
  return printable(text == nullptr ? "unknown reason" : text);
}

std::string without_folders(const char* path) {
  const std::string text = path == nullptr ? "" : path;
  return text.substr(text.rfind('/') + 1);  // npos + 1 is 0
}

Result<std::string> read_member(archive* reader, const std::string& where, const std::string& name,
                                std::uint64_t declared, std::uint64_t limit) {
  const auto too_large = [&](const std::string& found) {
    return user_error(
        where, name + " has " + found + " bytes, wanted at most " + std::to_string(limit), kGetAgain);
  };
  if (declared > limit) return too_large(std::to_string(declared));
  // Grown with what really comes, so that a size that is only claimed costs no memory.
  std::string bytes;
  constexpr std::size_t kPiece = std::size_t{1} << 20;
  for (;;) {
    const std::size_t before = bytes.size();
    bytes.resize(before + kPiece);
    const la_ssize_t count = archive_read_data(reader, bytes.data() + before, kPiece);
    if (count < 0) {
      return user_error(where, name + " cannot be unpacked: " + reason(reader), kGetAgain);
    }
    bytes.resize(before + static_cast<std::size_t>(count));
    if (count == 0) return bytes;
    if (bytes.size() > limit) return too_large("more than " + std::to_string(limit));
  }
}

}  // namespace

Result<Members> read_archive(const std::filesystem::path& path,
                             const std::map<std::string, std::uint64_t>& wanted,
                             const ArchiveLimits& limits) {
  const std::string where = path.string();
  const Reader reader(archive_read_new());
  // These two and no more: less code that hostile bytes can reach.
  archive_read_support_format_tar(reader.get());
  archive_read_support_filter_gzip(reader.get());
  if (archive_read_open_filename(reader.get(), path.c_str(), std::size_t{1} << 18) != ARCHIVE_OK) {
    return user_error(where, "not a whole .tar or .tar.gz archive: " + reason(reader.get()), kGetAgain);
  }
  Members members;
  std::uint64_t entries = 0, unpacked = 0;
  for (;;) {
    archive_entry* entry = nullptr;
    const int status = archive_read_next_header(reader.get(), &entry);
    if (status == ARCHIVE_EOF) return members;
    if (status != ARCHIVE_OK && status != ARCHIVE_WARN) {
      return user_error(where, "not a whole .tar or .tar.gz archive: " + reason(reader.get()),
                        kGetAgain);
    }
    const auto size =
        static_cast<std::uint64_t>(std::max<la_int64_t>(0, archive_entry_size(entry)));
    // A member that is skipped is unpacked all the same: its size counts before it is.
    if (++entries > limits.entries || size > limits.unpacked_bytes - unpacked) {
      return user_error(where,
                        "more than " + std::to_string(limits.entries) + " members or " +
                            std::to_string(limits.unpacked_bytes) + " bytes unpacked",
                        kGetAgain);
    }
    unpacked += size;
    const std::string name = without_folders(archive_entry_pathname(entry));
    const auto want = wanted.find(name);
    if (want == wanted.end() || archive_entry_filetype(entry) != AE_IFREG) continue;
    if (members.contains(name)) return user_error(where, name + " is in it twice", kGetAgain);
    GRADUS_TRY(members[name], read_member(reader.get(), where, name, size, want->second));
  }
}

}  // namespace gradus::datasets
