#include "framework/build/sources.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string_view>

#include "framework/core/files.hpp"
#include "framework/core/text.hpp"

namespace gradus::build {
namespace {

constexpr std::array<std::string_view, 3> kUnitEndings{".cpp", ".cc", ".cxx"};
constexpr std::array<std::string_view, 8> kHeaderEndings{".hpp", ".h",   ".hh",  ".hxx",
                                                         ".ipp", ".inl", ".inc", ".tpp"};

enum class Role { none, unit, header, library };

template <std::size_t N>
bool one_of(std::string_view ending, const std::array<std::string_view, N>& endings) {
  return std::find(endings.begin(), endings.end(), ending) != endings.end();
}

Role role_of(const std::string& name) {
  const auto dot = name.rfind('.');
  if (dot == std::string::npos) return Role::none;
  const std::string_view ending = std::string_view(name).substr(dot);
  if (one_of(ending, kUnitEndings)) {
    return std::string_view(name).substr(0, dot).ends_with("_test") ? Role::none : Role::unit;
  }
  if (one_of(ending, kHeaderEndings)) return Role::header;
  return ending == ".so" ? Role::library : Role::none;
}

bool passed_over(const std::string& name, bool folder) {
  return name.starts_with(".") || (folder && (is_build_folder(name) || name == "CMakeFiles"));
}

/// Reads a regular file without following a link, waiting for a pipe or trusting a size.
Result<std::string> read_source(const std::filesystem::path& path, std::size_t limit) {
  Fd fd(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!fd.valid()) return system_error(path.string(), "cannot open", errno);
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0 || !S_ISREG(info.st_mode)) {
    return infrastructure_error(path.string(), "is no regular file");
  }
  std::string content;
  std::array<char, 65536> buffer{};
  for (;;) {
    const ssize_t count = ::read(fd.get(), buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_error(path.string(), "cannot read", errno);
    if (count == 0) return content;
    content.append(buffer.data(), static_cast<std::size_t>(count));
    if (content.size() > limit) return content;  // the caller sees that it is too much
  }
}

/// By its name: what a student may have packed the sources in, once more.
bool is_archive(const std::string& leaf) {
  constexpr const char* kEndings[] = {".zip", ".tar", ".tgz", ".gz", ".xz", ".zst", ".7z", ".rar"};
  return std::any_of(std::begin(kEndings), std::end(kEndings),
                     [&](const char* ending) { return leaf.ends_with(ending); });
}

/// The walk over one folder; stops at the first failure.
class Collector {
 public:
  explicit Collector(const SourceLimits& limits) : limits_(limits) {}

  Status walk(const std::filesystem::path& folder, const std::string& prefix, std::size_t depth) {
    std::error_code code;
    std::filesystem::directory_iterator it(folder, code), end;
    if (code) return infrastructure_error(folder.string(), "cannot be listed: " + code.message());
    for (; it != end && !collected.failure; it.increment(code)) {
      if (code) return infrastructure_error(folder.string(), "cannot be listed: " + code.message());
      if (++entries_ > limits_.entries) {
        fail("the folder holds more than " +
                 with_commas(static_cast<std::int64_t>(limits_.entries)) + " files",
             "submit the sources only");
        break;
      }
      GRADUS_CHECK(entry(*it, prefix, depth));
    }
    return {};
  }

  Collected collected;

 private:
  Status entry(const std::filesystem::directory_entry& item, const std::string& prefix,
               std::size_t depth) {
    const std::string leaf = item.path().filename().string(), name = prefix + leaf;
    std::error_code code;
    const auto type = item.symlink_status(code).type();
    const bool folder = type == std::filesystem::file_type::directory;
    if (passed_over(leaf, folder)) return {};
    const Role role = role_of(leaf);
    if (!folder && role == Role::none) {
      // Other files do not matter, but a linked folder could hide sources from us silently.
      if (type == std::filesystem::file_type::symlink &&
          std::filesystem::is_directory(item, code)) {
        fail("'" + name + "' is a symbolic link", "copy what it points to into the folder");
      }
      if (is_archive(leaf)) collected.sources.archives.push_back(printable(name));
      return {};
    }
    if (printable(leaf) != leaf || leaf.find_first_of("\n\t\"\\") != std::string::npos) {
      fail("the file name '" + printable(name) + "' is not plain UTF-8 text",
           "rename the file; letters, digits, '_' and '-' always work");
      return {};
    }
    if (folder) {
      if (depth + 1 > limits_.depth) {
        fail("the folders nest deeper than " + std::to_string(limits_.depth) + " levels at '" +
                 name + "'",
             "move the sources up");
        return {};
      }
      return walk(item.path(), name + "/", depth + 1);
    }
    if (type == std::filesystem::file_type::symlink) {
      fail("'" + name + "' is a symbolic link", "copy what it points to into the folder");
    } else if (type != std::filesystem::file_type::regular) {
      fail("'" + name + "' is no regular file (a pipe, socket or device)", "remove it");
    } else if (role == Role::library) {
      collected.sources.libraries.push_back(name);
    } else {
      add(item.path(), name, role);
    }
    return {};
  }

  void add(const std::filesystem::path& path, const std::string& name, Role role) {
    auto content = read_source(path, limits_.bytes - bytes_);
    if (!content.ok()) {
      fail("'" + name + "': " + content.error().what, "make the file readable");
      return;
    }
    bytes_ += content->size();
    Sources& sources = collected.sources;
    if (bytes_ > limits_.bytes) {
      fail("the sources are larger than " + byte_size(static_cast<double>(limits_.bytes)) +
               " (reached at '" + name + "')",
           "submit code only; data and weights do not belong into sources");
      return;
    }
    (role == Role::unit ? sources.units : sources.headers)
        .push_back({name, std::move(content).value()});
    if (sources.units.size() > limits_.units ||
        sources.units.size() + sources.headers.size() > limits_.files) {
      fail("the folder holds more than " + std::to_string(limits_.units) + " sources or " +
               std::to_string(limits_.files) + " sources and headers",
           "submit the plugin's own sources only");
    }
  }

  void fail(std::string what, std::string cure) {
    if (!collected.failure) collected.failure = build_failure(std::move(what), std::move(cure));
  }

  const SourceLimits& limits_;
  std::size_t entries_ = 0, bytes_ = 0;
};

void sort_by_name(std::vector<SourceFile>& files) {
  std::sort(files.begin(), files.end(),
            [](const SourceFile& a, const SourceFile& b) { return a.name < b.name; });
}

}  // namespace

bool is_build_folder(const std::string& name) {
  return name == "build" || name.starts_with("build-") || name.starts_with("build_") ||
         name.starts_with("cmake-build");
}

Failure build_failure(std::string what, std::string cure, std::string code) {
  return {Fault::submission, std::move(code), "build", printable(what, true, 8192),
          std::move(cure)};
}

std::string instead_of_units(const Sources& sources) {
  if (!sources.libraries.empty()) return ", only the library '" + sources.libraries.front() + "'";
  if (sources.headers.empty() && !sources.archives.empty())
    return ", only the archive '" + sources.archives.front() + "', which is not unpacked";
  if (sources.headers.empty()) return "";
  return ", only headers (" + sources.headers.front().name +
         (sources.headers.size() > 1 ? ", ..." : "") + ")";
}

Result<Collected> collect_sources(const std::filesystem::path& folder, const SourceLimits& limits) {
  std::error_code code;
  if (!std::filesystem::is_directory(folder, code)) {
    return user_error(folder.string(),
                      std::filesystem::exists(folder, code)
                          ? "found a file, wanted a folder with *.cpp"
                          : "found nothing there, wanted a folder with *.cpp",
                      "name the folder that holds the plugin's sources; an archive has to be "
                      "unpacked first, but for 'gradus grade'");
  }
  Collector collector(limits);
  GRADUS_CHECK(collector.walk(folder, "", 0));
  Collected collected = std::move(collector.collected);
  sort_by_name(collected.sources.units);
  sort_by_name(collected.sources.headers);
  std::sort(collected.sources.libraries.begin(), collected.sources.libraries.end());
  std::sort(collected.sources.archives.begin(), collected.sources.archives.end());
  return collected;
}

}  // namespace gradus::build
