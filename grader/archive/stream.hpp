#pragma once

// What gradus-unpack says on its standard output: a magic line, then records.
//
//   u8 kind, u32 length of the name, u64 length of the content, name, content   (little-endian)
//   'D' a folder · 'F' a file · 'R' refused: why, and what to do · 'E' the end, with nothing
//
// A stream without 'E' or 'R' was cut short. Whoever reads it believes none of it.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "grader/archive/rules.hpp"

namespace gradus::grader {

inline constexpr std::string_view kStreamMagic = "gradus.unpack/1\n";
enum class RecordKind : char { folder = 'D', file = 'F', refused = 'R', end = 'E' };

/// Bytes of a record up to its content.
std::string record_head(RecordKind kind, std::string_view name, std::uint64_t content_bytes);

/// One member, checked; the content points into the stream.
struct Member {
  std::string name;
  bool folder = false;
  std::string_view content;
};
struct Unpacking {
  std::vector<Member> members;
  std::optional<Refusal> refusal;
  bool whole = false;  ///< the stream came to its end, or to a refusal
};
/// Reads a stream as hostile: the same rules again, every length against what is there.
Unpacking read_stream(std::string_view stream, const ArchiveCaps& caps,
                      std::uint64_t archive_bytes);

}  // namespace gradus::grader
