#include "framework/record/npy.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "framework/core/files.hpp"

namespace gradus {
namespace {

struct DtypeCode {
  const char* name;
  const char* code;
  std::int64_t size;
};
constexpr std::array kDtypes = {DtypeCode{"float32", "<f4", 4}, DtypeCode{"float64", "<f8", 8},
                                DtypeCode{"int64", "<i8", 8}, DtypeCode{"uint8", "|u1", 1}};
constexpr std::string_view kMagic("\x93NUMPY\x01\x00", 8);  // its last byte is a NUL
constexpr std::size_t kMaxHeader = 4096;
constexpr std::size_t kMaxRank = 8;

// The text between `'key': ` and the next of `ends`; empty when absent.
std::string_view field(std::string_view header, std::string_view key, std::string_view ends) {
  const std::string quoted = "'" + std::string(key) + "':";
  const std::size_t at = header.find(quoted);
  if (at == std::string_view::npos) return {};
  std::string_view rest = header.substr(at + quoted.size());
  rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  const std::size_t end = rest.find_first_of(ends, 1);
  return end == std::string_view::npos ? std::string_view{} : rest.substr(0, end + 1);
}

}  // namespace

Result<NpyArray> read_npy(const std::filesystem::path& path, std::uint64_t limit) {
  const auto bad = [&](const std::string& what) {
    return infrastructure_error(path.string(), "is not a readable .npy file: " + what,
                                "run the lab again to make it anew");
  };
  GRADUS_TRY(const std::string file, read_file(path, limit + kMaxHeader + 16));
  if (!file.starts_with(kMagic) || file.size() < 10) return bad("no NumPy 1.0 header");
  const std::size_t header_size =
      static_cast<unsigned char>(file[8]) |
      (static_cast<std::size_t>(static_cast<unsigned char>(file[9])) << 8);
  if (header_size > kMaxHeader || file.size() < 10 + header_size)
    return bad("its header is cut short");
  const std::string_view header = std::string_view(file).substr(10, header_size);
  if (header.find("'fortran_order': False") == std::string_view::npos) return bad("not in C order");

  NpyArray array;
  std::int64_t size = 0;
  const std::string_view code = field(header, "descr", "'");
  for (const auto& dtype : kDtypes) {
    if (code == "'" + std::string(dtype.code) + "'") {
      array.dtype = dtype.name;
      size = dtype.size;
    }
  }
  if (size == 0) return bad("unknown element type " + std::string(code));
  std::string_view shape = field(header, "shape", ")");
  if (!shape.starts_with('(')) return bad("no shape");
  shape = shape.substr(1, shape.size() - 2);
  std::uint64_t total = static_cast<std::uint64_t>(size);
  while (!shape.empty()) {
    shape.remove_prefix(std::min(shape.find_first_not_of(", "), shape.size()));
    if (shape.empty()) break;
    std::int64_t extent = 0;
    const auto [end, problem] = std::from_chars(shape.data(), shape.data() + shape.size(), extent);
    if (problem != std::errc{} || extent < 0 || array.shape.size() == kMaxRank)
      return bad("broken shape");
    shape.remove_prefix(static_cast<std::size_t>(end - shape.data()));
    array.shape.push_back(extent);
    const auto factor = static_cast<std::uint64_t>(extent);
    if (factor != 0 && total > limit / factor) return bad("its shape is larger than the limit");
    total *= factor;
  }
  const std::string_view data = std::string_view(file).substr(10 + header_size);
  if (data.size() != total) {
    return bad("found " + std::to_string(data.size()) + " bytes of data, its shape wants " +
               std::to_string(total));
  }
  const auto* first = reinterpret_cast<const std::byte*>(data.data());
  array.bytes.assign(first, first + data.size());
  return array;
}

Status write_npy(const std::filesystem::path& path, const std::string& dtype,
                 const std::vector<std::int64_t>& shape, std::span<const std::byte> bytes) {
  const auto known = std::find_if(kDtypes.begin(), kDtypes.end(),
                                  [&](const DtypeCode& entry) { return dtype == entry.name; });
  if (known == kDtypes.end()) return infrastructure_error(path.string(), "unknown dtype " + dtype);
  std::int64_t total = known->size;
  std::string text = "(";
  for (const std::int64_t extent : shape) {
    text += std::to_string(extent) + ",";
    total *= extent;
  }
  if (total != static_cast<std::int64_t>(bytes.size())) {
    return infrastructure_error(path.string(), "shape and bytes disagree");
  }
  text += ")";
  std::string header = std::string("{'descr': '") + known->code +
                       "', 'fortran_order': False, 'shape': " + text + ", }";
  while ((10 + header.size() + 1) % 64 != 0) header += ' ';
  header += '\n';
  std::string file(kMagic);
  file += static_cast<char>(header.size() & 255U);
  file += static_cast<char>(header.size() >> 8);
  file += header;
  file.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  return write_file(path, file);
}

}  // namespace gradus
