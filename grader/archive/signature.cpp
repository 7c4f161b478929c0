#include "grader/archive/signature.hpp"

#include <algorithm>
#include <utility>

namespace gradus::grader {

using namespace std::string_view_literals;

std::string kind_of_file(std::string_view bytes) {
  static constexpr std::pair<std::string_view, const char*> kSignatures[] = {
      {"PK"sv, "a damaged zip"},
      {"7z\xBC\xAF\x27\x1C"sv, "a 7z archive"},
      {"Rar!"sv, "a RAR archive"},
      {"BZh"sv, "a bzip2 file"},
      {"\x1F\x8B"sv, "a gzip file without a tar in it, or a damaged one"},
      {"\xFD"
       "7zXZ"sv,
       "an xz file without a tar in it, or a damaged one"},
      {"\x28\xB5\x2F\xFD"sv, "a zstd file without a tar in it, or a damaged one"},
      {"%PDF"sv, "a PDF"},
      {"\x7F"
       "ELF"sv,
       "a program or library"},
      {"\x89PNG"sv, "a picture"},
      {"\xFF\xD8\xFF"sv, "a picture"},
  };
  for (const auto& [signature, name] : kSignatures) {
    if (bytes.starts_with(signature)) return name;
  }
  const std::string_view start = bytes.substr(0, 1024);
  const bool text = !start.empty() && std::none_of(start.begin(), start.end(), [](char c) {
    return static_cast<unsigned char>(c) < 32 && c != '\n' && c != '\r' && c != '\t';
  });
  return text ? "a text file" : "something else";
}

bool is_empty_zip(std::string_view bytes) { return bytes.starts_with("PK\x05\x06"sv); }

}  // namespace gradus::grader
