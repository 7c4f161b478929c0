#include "grader/archive/stream.hpp"

#include <cstddef>

#include "framework/core/text.hpp"

namespace gradus::grader {
namespace {

constexpr std::size_t kHead = 1 + 4 + 8;

void put(std::string& out, std::uint64_t value, std::size_t bytes) {
  for (std::size_t i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i) & 0xFF);
}

std::uint64_t get(std::string_view bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;)
    value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

}  // namespace

std::string record_head(RecordKind kind, std::string_view name, std::uint64_t content_bytes) {
  std::string out(1, static_cast<char>(kind));
  put(out, name.size(), 4);
  put(out, content_bytes, 8);
  return out.append(name);
}

Unpacking read_stream(std::string_view stream, const ArchiveCaps& caps,
                      std::uint64_t archive_bytes) {
  Unpacking unpacking;
  if (!stream.starts_with(kStreamMagic)) return unpacking;
  stream.remove_prefix(kStreamMagic.size());
  ArchiveRules rules(caps, archive_bytes);
  while (stream.size() >= kHead) {
    const auto kind = static_cast<RecordKind>(stream[0]);
    const std::uint64_t name_bytes = get(stream.substr(1, 4)), bytes = get(stream.substr(5, 8));
    stream.remove_prefix(kHead);
    if (name_bytes > stream.size() || bytes > stream.size() - name_bytes) return unpacking;
    const std::string raw(stream.substr(0, name_bytes));
    const std::string_view content = stream.substr(name_bytes, bytes);
    stream.remove_prefix(name_bytes + bytes);
    if (kind == RecordKind::end || kind == RecordKind::refused) {
      if (kind == RecordKind::refused) {
        unpacking.refusal = Refusal{printable(raw, false, 1000), printable(content, false, 400)};
      }
      unpacking.whole = stream.empty();
      return unpacking;
    }
    if (kind != RecordKind::file && kind != RecordKind::folder) return unpacking;
    Member member;
    member.folder = kind == RecordKind::folder;
    member.content = content;
    unpacking.refusal = rules.enter(raw, member.folder, member.name);
    if (!unpacking.refusal) unpacking.refusal = rules.take(bytes);
    if (unpacking.refusal) {
      unpacking.whole = true;
      return unpacking;
    }
    if (!member.name.empty()) unpacking.members.push_back(std::move(member));
  }
  return unpacking;
}

}  // namespace gradus::grader
