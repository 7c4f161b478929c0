#include "grader/archive/rules.hpp"

#include <locale.h>
#include <wctype.h>

#include <array>
#include <charconv>
#include <cwchar>
#include <vector>

#include "framework/core/text.hpp"

namespace gradus::grader {
namespace {

constexpr const char* kPack = "pack the folder of sources again, with zip or tar";
constexpr const char* kSourcesOnly = "hand in the sources only";

/// Lower case of a valid UTF-8 name, also beyond ASCII. The C.UTF-8 locale is part of the C
/// library.
std::string folded(const std::string& name) {
  static const locale_t kUtf8 = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  if (kUtf8 == nullptr) return name;
  const locale_t before = ::uselocale(kUtf8);
  std::string out;
  std::mbstate_t in{}, back{};
  for (std::size_t at = 0; at < name.size();) {
    wchar_t wide = 0;
    const std::size_t length = std::mbrtowc(&wide, name.data() + at, name.size() - at, &in);
    if (length == 0 || length > name.size() - at) break;  // not UTF-8: refused elsewhere
    std::array<char, 16> bytes{};
    const std::size_t written = std::wcrtomb(
        bytes.data(), static_cast<wchar_t>(::towlower(static_cast<wint_t>(wide))), &back);
    if (written <= bytes.size()) out.append(bytes.data(), written);
    at += length;
  }
  ::uselocale(before);
  return out;
}

bool plain(const std::string& text) {
  return printable(text, false, text.size() * 8 + 64) == text &&
         text.find('\\') == std::string::npos;
}

std::string size_text(std::uint64_t bytes) { return byte_size(static_cast<double>(bytes)); }

}  // namespace

std::string ArchiveCaps::to_text() const {
  std::string text;
  for (const std::uint64_t value :
       {archive_bytes, members, total_bytes, file_bytes, path_bytes, depth, ratio, ratio_from}) {
    text += (text.empty() ? "" : ",") + std::to_string(value);
  }
  return text;
}

std::optional<ArchiveCaps> ArchiveCaps::from_text(const std::string& text) {
  ArchiveCaps caps;
  const std::array targets = {&caps.archive_bytes, &caps.members,    &caps.total_bytes,
                              &caps.file_bytes,    &caps.path_bytes, &caps.depth,
                              &caps.ratio,         &caps.ratio_from};
  const std::vector<std::string> words = split(text, ',');
  if (words.size() != targets.size()) return std::nullopt;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const char* end = words[i].data() + words[i].size();
    const auto parsed = std::from_chars(words[i].data(), end, *targets[i]);
    if (parsed.ec != std::errc{} || parsed.ptr != end) return std::nullopt;
  }
  return caps;
}

std::optional<Refusal> ArchiveRules::claim(const std::string& name, bool folder) {
  const auto [at, fresh] = known_.try_emplace(folded(name), Known{name, folder});
  if (fresh) {
    if (known_.size() <= caps_.members) return std::nullopt;
    return Refusal{
        "the archive holds more than " + std::to_string(caps_.members) + " files and folders",
        kSourcesOnly};
  }
  const Known& other = at->second;
  if (other.name != name) {
    return Refusal{"'" + other.name + "' and '" + name + "' differ in upper and lower case only",
                   "rename one of them"};
  }
  if (other.folder && folder) return std::nullopt;
  if (other.folder != folder) {
    return Refusal{"'" + name + "' is both a file and a folder", kPack};
  }
  return Refusal{"'" + name + "' is in the archive twice", kPack};
}

std::optional<Refusal> ArchiveRules::enter(const std::string& raw, bool folder, std::string& name) {
  name.clear();
  file_ = 0;
  const std::string shown = "the name '" + printable(raw, false, 200) + "'";
  // Counted by itself too: a member repeated a million times claims no new name.
  if (++members_ > 4 * caps_.members) {
    return Refusal{
        "the archive holds more than " + std::to_string(caps_.members) + " files and folders",
        kSourcesOnly};
  }
  if (raw.empty()) return Refusal{"a member has no name that can be read", kPack};
  if (raw.size() > caps_.path_bytes) {
    return Refusal{shown + " is longer than " + std::to_string(caps_.path_bytes) + " bytes",
                   "shorten names, or nest less"};
  }
  if (!plain(raw)) {
    return Refusal{shown + " is not plain UTF-8 text without control characters and backslashes",
                   "rename it; letters, digits, '_' and '-' always work"};
  }
  if (raw.front() == '/') return Refusal{shown + " is an absolute path", kPack};
  std::vector<std::string> parts;
  for (const std::string& part : split(raw, '/')) {
    if (part == "..") return Refusal{shown + " leads out of the archive", kPack};
    if (!part.empty() && part != ".") parts.push_back(part);
  }
  if (parts.size() > caps_.depth) {
    return Refusal{shown + " nests deeper than " + std::to_string(caps_.depth) + " folders",
                   "move the sources up"};
  }
  if (parts.empty()) {
    if (folder) return std::nullopt;
    return Refusal{shown + " is no name of a file", kPack};
  }
  for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
    name += parts[i];
    if (auto refusal = claim(name, true)) return refusal;
    name += '/';
  }
  name += parts.back();
  current_ = name;
  return claim(name, folder);
}

std::optional<Refusal> ArchiveRules::take(std::uint64_t bytes) {
  file_ += bytes;
  total_ += bytes;
  if (file_ > caps_.file_bytes) {
    return Refusal{"'" + current_ + "' is larger than " + size_text(caps_.file_bytes),
                   kSourcesOnly};
  }
  if (total_ > caps_.total_bytes) {
    return Refusal{"the archive unpacks to more than " + size_text(caps_.total_bytes) +
                       " (reached at '" + current_ + "')",
                   kSourcesOnly};
  }
  if (total_ > caps_.ratio_from && total_ / caps_.ratio > archive_bytes_) {
    return Refusal{"the archive unpacks to more than " + std::to_string(caps_.ratio) +
                       " times its size (reached at '" + current_ + "')",
                   kSourcesOnly};
  }
  return std::nullopt;
}

}  // namespace gradus::grader
