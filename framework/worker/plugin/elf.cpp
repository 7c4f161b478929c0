#include "framework/worker/plugin/elf.hpp"

#include <elf.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <set>
#include <span>
#include <string_view>

#include "framework/core/files.hpp"
#include "framework/core/text.hpp"

namespace gradus::worker {
namespace {

constexpr const char* kWhere = "LOAD_FAILED load";
constexpr const char* kCure = "submit C++ sources, or a library built with gradus_add_plugin()";
constexpr std::uint64_t kLargest = std::uint64_t{256} << 20;
constexpr std::uint64_t kMostSymbols = 1'000'000;

struct Segment {
  std::uint64_t address, offset, size;
};

/// The bytes of the file and the bounds checks: nothing else in this file touches memory.
class Image {
 public:
  explicit Image(std::string bytes) : bytes_(std::move(bytes)) {}

  std::uint64_t size() const { return bytes_.size(); }
  std::string_view head(std::size_t count) const {
    return std::string_view(bytes_).substr(0, count);
  }

  template <class T>
  std::optional<T> at_offset(std::uint64_t offset) const {
    if (offset > bytes_.size() || bytes_.size() - offset < sizeof(T)) return std::nullopt;
    T value;
    std::memcpy(&value, bytes_.data() + offset, sizeof(T));
    return value;
  }

  void add_segment(const Segment& segment) { segments_.push_back(segment); }

  /// The file offset of a virtual address, as the loader maps it.
  std::optional<std::uint64_t> offset_of(std::uint64_t address) const {
    for (const Segment& s : segments_) {
      if (address >= s.address && address - s.address < s.size) {
        return s.offset + (address - s.address);
      }
    }
    return std::nullopt;
  }

  template <class T>
  std::optional<T> at_address(std::uint64_t address) const {
    const auto offset = offset_of(address);
    return offset ? at_offset<T>(*offset) : std::nullopt;
  }

  std::optional<std::string> text_at(std::uint64_t address) const {
    const auto offset = offset_of(address);
    if (!offset || *offset >= bytes_.size()) return std::nullopt;
    const auto end = bytes_.find('\0', *offset);
    if (end == std::string::npos || end - *offset > 65536) return std::nullopt;
    return bytes_.substr(*offset, end - *offset);
  }

 private:
  std::string bytes_;
  std::vector<Segment> segments_;
};

/// The fields of PT_DYNAMIC that matter here.
struct Dynamic {
  std::uint64_t symbols = 0, strings = 0, hash = 0, gnu_hash = 0;
  std::uint64_t rela = 0, rela_size = 0, jump = 0, jump_size = 0;
  std::vector<std::uint64_t> needed, run_path;
};

Error broken(const std::string& what) {
  return submission_error(kWhere, "the library is damaged: " + what, kCure);
}

std::string machine_name(unsigned machine) {
  switch (machine) {
    case EM_X86_64:
      return "x86-64";
    case EM_AARCH64:
      return "AArch64";
    case EM_386:
      return "32-bit x86";
    case EM_ARM:
      return "32-bit ARM";
    case EM_PPC64:
      return "PowerPC 64";
    case EM_RISCV:
      return "RISC-V";
    default:
      return "machine number " + std::to_string(machine);
  }
}

/// is ELF, right machine, shared library, whole.
Result<Elf64_Ehdr> check_header(const Image& image) {
  if (image.head(4) != std::string_view(ELFMAG, 4)) {
    const std::string begins = printable(image.head(16));
    return submission_error(
        kWhere,
        image.size() == 0 ? "the file is empty, wanted an ELF shared library"
                          : "the file begins with '" + begins + "', wanted an ELF shared library",
        kCure);
  }
  const auto header = image.at_offset<Elf64_Ehdr>(0);
  if (!header)
    return broken("it ends within its ELF header (" + std::to_string(image.size()) + " bytes)");
  if (header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_ident[EI_DATA] != ELFDATA2LSB ||
      header->e_machine != EM_X86_64) {
    return submission_error(kWhere,
                            "the library is for " + machine_name(header->e_machine) +
                                (header->e_ident[EI_CLASS] != ELFCLASS64 ? " (32 bit)" : "") +
                                ", this machine is x86-64",
                            kCure);
  }
  if (header->e_type != ET_DYN) {
    return submission_error(kWhere,
                            std::string("the file is ") +
                                (header->e_type == ET_REL    ? "an object file (.o)"
                                 : header->e_type == ET_EXEC ? "a program"
                                                             : "no library") +
                                ", wanted a shared library (.so)",
                            kCure);
  }
  const std::uint64_t sections_end =
      header->e_shoff + std::uint64_t{header->e_shnum} * header->e_shentsize;
  if (header->e_shnum != 0 && sections_end > image.size()) {
    return broken("it is cut short, " + std::to_string(image.size()) + " bytes of at least " +
                  std::to_string(sections_end));
  }
  return *header;
}

/// Maps the segments and reads PT_DYNAMIC.
Result<Dynamic> read_dynamic(Image& image, const Elf64_Ehdr& header, ElfLibrary& library) {
  std::uint64_t dynamic_offset = 0, dynamic_size = 0;
  for (unsigned i = 0; i < header.e_phnum; ++i) {
    const auto program = image.at_offset<Elf64_Phdr>(header.e_phoff + i * sizeof(Elf64_Phdr));
    if (!program || header.e_phentsize != sizeof(Elf64_Phdr)) {
      return broken("its program headers do not lie in the file");
    }
    if (program->p_type == PT_LOAD) {
      if (program->p_offset > image.size() ||
          image.size() - program->p_offset < program->p_filesz) {
        return broken("it is cut short, a segment reaches past the end of the file");
      }
      image.add_segment({program->p_vaddr, program->p_offset, program->p_filesz});
    } else if (program->p_type == PT_DYNAMIC) {
      dynamic_offset = program->p_vaddr;  // resolved below: the loader goes by address, so do we
      dynamic_size = program->p_memsz;
    } else if (program->p_type == PT_GNU_STACK) {
      library.executable_stack = (program->p_flags & PF_X) != 0;
    }
  }
  if (dynamic_size == 0) return broken("it has no dynamic section");
  Dynamic dynamic;
  for (std::uint64_t at = 0; at + sizeof(Elf64_Dyn) <= dynamic_size; at += sizeof(Elf64_Dyn)) {
    const auto entry = image.at_address<Elf64_Dyn>(dynamic_offset + at);
    if (!entry) return broken("its dynamic section does not lie in the file");
    const std::uint64_t value = entry->d_un.d_val;
    switch (entry->d_tag) {
      case DT_NULL:
        return dynamic;
      case DT_SYMTAB:
        dynamic.symbols = value;
        break;
      case DT_STRTAB:
        dynamic.strings = value;
        break;
      case DT_HASH:
        dynamic.hash = value;
        break;
      case DT_GNU_HASH:
        dynamic.gnu_hash = value;
        break;
      case DT_RELA:
        dynamic.rela = value;
        break;
      case DT_RELASZ:
        dynamic.rela_size = value;
        break;
      case DT_JMPREL:
        dynamic.jump = value;
        break;
      case DT_PLTRELSZ:
        dynamic.jump_size = value;
        break;
      case DT_NEEDED:
        dynamic.needed.push_back(value);
        break;
      case DT_RPATH:
      case DT_RUNPATH:
        dynamic.run_path.push_back(value);
        break;
      default:
        break;
    }
  }
  return dynamic;
}

/// One more than the largest symbol index that a look-up or a relocation can reach. The dynamic
/// table has no length of its own.
std::optional<std::uint64_t> count_symbols(const Image& image, const Dynamic& dynamic) {
  std::uint64_t count = 1;
  if (dynamic.hash != 0) {
    const auto chains = image.at_address<std::uint32_t>(dynamic.hash + 4);
    if (!chains) return std::nullopt;
    count = std::max<std::uint64_t>(count, *chains);
  }
  if (dynamic.gnu_hash != 0) {
    const auto buckets = image.at_address<std::uint32_t>(dynamic.gnu_hash);
    const auto first = image.at_address<std::uint32_t>(dynamic.gnu_hash + 4);
    const auto blooms = image.at_address<std::uint32_t>(dynamic.gnu_hash + 8);
    if (!buckets || !first || !blooms || *buckets > kMostSymbols) return std::nullopt;
    const std::uint64_t table = dynamic.gnu_hash + 16 + std::uint64_t{*blooms} * 8;
    const std::uint64_t chain = table + std::uint64_t{*buckets} * 4;
    count = std::max<std::uint64_t>(count, *first);
    std::uint64_t highest = 0;
    for (std::uint32_t i = 0; i < *buckets; ++i) {
      const auto head = image.at_address<std::uint32_t>(table + std::uint64_t{i} * 4);
      if (!head) return std::nullopt;
      highest = std::max<std::uint64_t>(highest, *head);
    }
    if (highest != 0) {
      if (highest < *first) return std::nullopt;
      for (;; ++highest) {  // the last chain ends with an odd hash
        const auto hash = image.at_address<std::uint32_t>(chain + (highest - *first) * 4);
        if (!hash || highest > kMostSymbols) return std::nullopt;
        if ((*hash & 1U) != 0) break;
      }
      count = std::max(count, highest + 1);
    }
  }
  for (const auto& [start, size] :
       {std::pair{dynamic.rela, dynamic.rela_size}, std::pair{dynamic.jump, dynamic.jump_size}}) {
    for (std::uint64_t at = 0; start != 0 && at + sizeof(Elf64_Rela) <= size;
         at += sizeof(Elf64_Rela)) {
      const auto relocation = image.at_address<Elf64_Rela>(start + at);
      if (!relocation) return std::nullopt;
      count = std::max<std::uint64_t>(count, ELF64_R_SYM(relocation->r_info) + 1);
    }
  }
  if (count > kMostSymbols) return std::nullopt;
  return count;
}

void sort_unique(std::vector<std::string>& names) {
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
}

}  // namespace

Result<ElfLibrary> read_elf(const std::filesystem::path& path) {
  std::error_code code;
  const auto status = std::filesystem::status(path, code);
  const std::string file = path.filename().string();
  if (!std::filesystem::exists(status)) {
    return submission_error(kWhere, "there is no file '" + path.string() + "'",
                            "build the plugin first");
  }
  if (!std::filesystem::is_regular_file(status)) {
    return submission_error(kWhere, "'" + file + "' is no regular file", kCure);
  }
  auto bytes = read_file(path, kLargest);
  if (!bytes.ok()) return submission_error(kWhere, "'" + file + "': " + bytes.error().what, kCure);

  Image image(std::move(bytes).value());
  ElfLibrary library;
  GRADUS_TRY(const Elf64_Ehdr header, check_header(image));
  GRADUS_TRY(const Dynamic dynamic, read_dynamic(image, header, library));
  const auto count = count_symbols(image, dynamic);
  if (!count) return broken("its symbol tables do not lie in the file");
  const auto string_at = [&](std::uint64_t at) { return image.text_at(dynamic.strings + at); };
  for (std::uint64_t i = 1; i < *count; ++i) {
    const auto symbol = image.at_address<Elf64_Sym>(dynamic.symbols + i * sizeof(Elf64_Sym));
    const auto name = symbol ? string_at(symbol->st_name) : std::nullopt;
    if (!name) return broken("a symbol does not lie in the file");
    if (ELF64_ST_BIND(symbol->st_info) == STB_LOCAL || name->empty()) continue;
    (symbol->st_shndx == SHN_UNDEF ? library.imports : library.exports).push_back(*name);
  }
  for (const auto at : dynamic.needed) {
    const auto name = string_at(at);
    if (!name) return broken("the name of a library that it needs does not lie in the file");
    library.needed.push_back(*name);
  }
  for (const auto at : dynamic.run_path) library.run_path = string_at(at).value_or("?");
  sort_unique(library.exports);
  sort_unique(library.imports);
  return library;
}

}  // namespace gradus::worker
