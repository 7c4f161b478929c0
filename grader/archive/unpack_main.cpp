// gradus-unpack: reads one archive and says what is in it. It runs in the sandbox, opens no file
// and writes none: the archive comes in as descriptor 3, its members go out on standard output
// (stream.hpp). libarchive is a large parser fed with a student's bytes; whatever it can be talked
// into, it happens in here.
//
//   gradus-unpack CAPS          CAPS as ArchiveCaps::to_text() writes them

#include <archive.h>
#include <archive_entry.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <clocale>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>

#include "framework/core/text.hpp"
#include "grader/archive/signature.hpp"
#include "grader/archive/stream.hpp"

namespace gradus::grader {
namespace {

constexpr int kArchiveFd = 3;
constexpr const char* kFormats = "pack the folder as .zip, .tar, .tar.gz, .tar.xz or .tar.zst";
constexpr const char* kPlainOnly = "replace it with the file that it points to, and pack again";

struct Closer {
  void operator()(archive* reader) const { archive_read_free(reader); }
};
using Reader = std::unique_ptr<archive, Closer>;

void say(RecordKind kind, const std::string& name, const std::string& content) {
  const std::string head = record_head(kind, name, content.size());
  std::fwrite(head.data(), 1, head.size(), stdout);
  std::fwrite(content.data(), 1, content.size(), stdout);
}

std::optional<Refusal> read_archive(std::uint64_t limit, std::string& bytes) {
  std::array<char, 1 << 16> buffer{};
  for (;;) {
    const ssize_t count = ::read(kArchiveFd, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return Refusal{"the archive cannot be read", ""};
    if (count == 0) return std::nullopt;
    bytes.append(buffer.data(), static_cast<std::size_t>(count));
    if (bytes.size() > limit) {
      return Refusal{"the archive is larger than " + byte_size(static_cast<double>(limit)),
                     "hand in the sources only"};
    }
  }
}

std::string reason(archive* reader) {
  const char* text = archive_error_string(reader);
  return printable(text == nullptr ? "unknown reason" : text, false, 200);
}

std::string name_of(archive_entry* entry) {
  const char* name = archive_entry_pathname_utf8(entry);
  if (name == nullptr) name = archive_entry_pathname(entry);
  return name == nullptr ? "" : name;
}

/// What is wrong with a member whatever its name and size are.
std::optional<Refusal> refuse_kind(archive_entry* entry, const std::string& raw) {
  const std::string shown = "'" + printable(raw, false, 200) + "' is ";
  if (archive_entry_hardlink(entry) != nullptr) return Refusal{shown + "a hard link", kPlainOnly};
  const auto type = archive_entry_filetype(entry);
  if (type == AE_IFLNK || archive_entry_symlink(entry) != nullptr)
    return Refusal{shown + "a symbolic link", kPlainOnly};
  if (type != AE_IFREG && type != AE_IFDIR)
    return Refusal{shown + "no plain file (a device, pipe or socket)", "leave it out"};
  if (archive_entry_is_encrypted(entry) != 0)
    return Refusal{shown + "encrypted", "pack the folder without a password"};
  return std::nullopt;
}

std::optional<Refusal> content_of(archive* reader, ArchiveRules& rules, const std::string& name,
                                  std::string& content) {
  std::array<char, 1 << 16> buffer{};
  for (;;) {
    const la_ssize_t count = archive_read_data(reader, buffer.data(), buffer.size());
    if (count == 0) return std::nullopt;
    if (count < 0) return Refusal{"'" + name + "' cannot be unpacked: " + reason(reader), kFormats};
    if (auto refusal = rules.take(static_cast<std::uint64_t>(count))) return refusal;
    content.append(buffer.data(), static_cast<std::size_t>(count));
  }
}

std::optional<Refusal> unpack(const ArchiveCaps& caps) {
  std::string bytes;
  if (auto refusal = read_archive(caps.archive_bytes, bytes)) return refusal;
  if (bytes.empty()) return Refusal{"the file is empty", kFormats};
  if (is_empty_zip(bytes)) return Refusal{"the zip holds no file", kFormats};
  const Reader reader(archive_read_new());
  // These and no more: less code that hostile bytes can reach. Of the zip readers the one that goes
  // by the central directory, as other programs do: it alone knows which members are links.
  archive_read_support_format_tar(reader.get());
  archive_read_support_format_zip_seekable(reader.get());
  archive_read_support_filter_gzip(reader.get());
  archive_read_support_filter_xz(reader.get());
  archive_read_support_filter_zstd(reader.get());
  const auto no_archive = [&] {
    return Refusal{"not a whole archive: it looks like " + kind_of_file(bytes) + " (" +
                       reason(reader.get()) + ")",
                   kFormats};
  };
  if (archive_read_open_memory(reader.get(), bytes.data(), bytes.size()) != ARCHIVE_OK)
    return no_archive();
  ArchiveRules rules(caps, bytes.size());
  for (;;) {
    archive_entry* entry = nullptr;
    const int status = archive_read_next_header(reader.get(), &entry);
    if (status == ARCHIVE_EOF) return std::nullopt;
    if (status != ARCHIVE_OK && status != ARCHIVE_WARN) {
      return rules.members() == 0
                 ? no_archive()
                 : Refusal{"not a whole archive: " + reason(reader.get()), kFormats};
    }
    // One filter, and the one that is none: an archive that is compressed twice hides its size.
    if (archive_filter_count(reader.get()) > 2)
      return Refusal{"the archive is compressed more than once", kFormats};
    const std::string raw = name_of(entry);
    if (auto refusal = refuse_kind(entry, raw)) return refusal;
    const bool folder = archive_entry_filetype(entry) == AE_IFDIR;
    std::string name, content;
    if (auto refusal = rules.enter(raw, folder, name)) return refusal;
    if (!folder) {
      if (auto refusal = content_of(reader.get(), rules, name, content)) return refusal;
    }
    if (!name.empty()) say(folder ? RecordKind::folder : RecordKind::file, name, content);
  }
}

}  // namespace
}  // namespace gradus::grader

int main(int argc, char** argv) {
  using namespace gradus::grader;
  const auto caps = argc == 2 ? ArchiveCaps::from_text(argv[1]) : std::nullopt;
  if (!caps) {
    std::fprintf(stderr, "usage: gradus-unpack CAPS, with an archive as descriptor 3\n");
    return 2;
  }
  std::setlocale(LC_CTYPE, "C.UTF-8");  // names in archives become UTF-8
  std::fwrite(kStreamMagic.data(), 1, kStreamMagic.size(), stdout);
  const auto refusal = unpack(*caps);
  if (refusal) {
    say(RecordKind::refused, refusal->what, refusal->cure);
  } else {
    say(RecordKind::end, "", "");
  }
  return std::fflush(stdout) == 0 ? 0 : 1;
}
