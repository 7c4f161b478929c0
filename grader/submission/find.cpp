#include "grader/submission/find.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string_view>

#include "framework/build/sources.hpp"
#include "framework/core/files.hpp"
#include "framework/core/text.hpp"
#include "framework/record/grades.hpp"
#include "framework/record/lab_result.hpp"

namespace gradus::grader {
namespace {

namespace fs = std::filesystem;

/// Endings of what we unpack, and of what students pack all the same (rejected with a message).
constexpr std::array<std::string_view, 17> kArchiveEndings = {
    ".tar.gz", ".tar.xz", ".tar.zst", ".tar.bz2", ".zip", ".tar", ".tgz", ".txz", ".tzst",
    ".tbz2",   ".rar",    ".7z",      ".gz",      ".xz",  ".zst", ".bz2", ".cpio"};
constexpr std::array<std::string_view, 7> kSourceEndings = {".cpp", ".cc", ".cxx", ".hpp",
                                                            ".h",   ".hh", ".so"};
/// Folders that are parts of one project rather than a student each.
constexpr std::array<std::string_view, 13> kParts = {"src",  "source", "sources", "include", "lib",
                                                     "code", "plugin", "test",    "tests",   "doc",
                                                     "docs", "cmake",  "images"};

template <std::size_t N>
std::string_view ending_of(const std::string& name,
                           const std::array<std::string_view, N>& endings) {
  const std::string text = lower(name);
  for (const std::string_view ending : endings) {
    if (text.size() > ending.size() && text.ends_with(ending)) return ending;
  }
  return {};
}

bool is_part(const std::string& name) {
  return build::is_build_folder(name) ||
         std::find(kParts.begin(), kParts.end(), lower(name)) != kParts.end();
}

/// What lies directly in a folder.
struct Content {
  std::vector<fs::directory_entry> entries;  ///< not hidden, by name
  std::vector<std::string> archives, folders, students, others;
  bool sources = false;
  std::string source;  ///< one of them
};

bool holds_sources(const fs::path& folder) {
  std::error_code error;
  constexpr int kFewEntries = 1000;
  int seen = 0;
  for (fs::recursive_directory_iterator at(folder, error), end; !error && at != end;
       at.increment(error)) {
    if (!ending_of(at->path().filename().string(), kSourceEndings).empty()) return true;
    if (++seen > kFewEntries) return false;
  }
  return false;
}

/// Grades and results that somebody lets us write into the folder of the submissions: whole ones,
/// without sources. A student's folder with a file of such a name is a submission like any other.
bool is_ours(const fs::path& path) {
  std::error_code error;
  if (!fs::is_directory(path, error)) return false;
  const bool whole = (fs::exists(path / "grades.json", error) && read_grades(path).ok()) ||
                     (fs::exists(path / "result.json", error) && read_result(path).ok());
  return whole && !holds_sources(path);
}

Result<Content> look_into(const fs::path& folder) {
  Content content;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    if (at->path().filename().string().starts_with(".") || is_ours(at->path())) continue;
    content.entries.push_back(*at);
  }
  if (error) return user_error(printable(folder.string()), "cannot be listed: " + error.message());
  std::sort(content.entries.begin(), content.entries.end());
  for (const auto& entry : content.entries) {
    const std::string name = entry.path().filename().string();
    if (entry.is_directory(error)) {
      content.folders.push_back(name);
      if (!is_part(name)) content.students.push_back(name);
    } else if (!ending_of(name, kSourceEndings).empty()) {
      content.sources = true;
      content.source = name;
    } else if (!ending_of(name, kArchiveEndings).empty()) {
      content.archives.push_back(name);
    } else {
      content.others.push_back(name);
    }
  }
  return content;
}

/// Which kinds of plugin a folder's sources make, by the macro that registers one: a class hands in
/// one kind many times, one submission makes each once.
std::set<std::string_view> kinds_in(const fs::path& folder) {
  constexpr std::array<std::string_view, 3> kMacros = {"GRADUS_MODEL", "GRADUS_ACTIVATION",
                                                       "GRADUS_AUGMENTATION"};
  constexpr int kFewEntries = 200;
  std::set<std::string_view> kinds;
  std::error_code error;
  int seen = 0;
  for (fs::recursive_directory_iterator at(folder, error), end; !error && at != end;
       at.increment(error)) {
    if (++seen > kFewEntries) break;
    std::error_code odd;
    if (ending_of(at->path().filename().string(), kSourceEndings).empty() ||
        !fs::is_regular_file(at->symlink_status(odd)) || at->file_size(odd) > (1U << 20) || odd) {
      continue;
    }
    const auto text = read_file(at->path());
    if (!text.ok()) continue;
    for (const std::string_view macro : kMacros) {
      if (text->find(macro) != std::string::npos) kinds.insert(macro);
    }
  }
  return kinds;
}

/// Folders that make the same kind of plugin as another one.
std::size_t rivals(const fs::path& folder, const Content& content) {
  std::map<std::string_view, std::size_t> makers;
  for (const std::string& name : content.students) {
    for (const std::string_view kind : kinds_in(folder / name)) ++makers[kind];
  }
  std::size_t most = 0;
  for (const auto& [kind, count] : makers) most = std::max(most, count);
  return most < 2 ? 0 : most;
}

Result<bool> is_class(const fs::path& folder, const Content& content) {
  const auto unclear = [&](std::size_t owners, const std::string& file, const std::string& cure) {
    return user_error(printable(folder.string()),
                      "found folders with sources beside '" + printable(file) + "': these may be " +
                          std::to_string(owners) + " submissions, or the parts of one",
                      cure);
  };
  if (content.sources) {
    const std::size_t owners = rivals(folder, content) + content.archives.size();
    if (owners < 2) return false;
    return unclear(owners, content.source,
                   "Move the file into a folder of its own to grade a class; for one submission, "
                   "leave one plugin of each kind.");
  }
  if (!content.archives.empty()) return true;
  if (content.students.empty()) return false;
  if (content.others.empty()) return true;
  const auto owners =
      std::count_if(content.students.begin(), content.students.end(),
                    [&](const std::string& name) { return holds_sources(folder / name); });
  if (owners < 2) return false;
  return unclear(static_cast<std::size_t>(owners), content.others.front(),
                 "Move the file away to grade a class; for one submission, put a source "
                 "directly into its folder.");
}

std::string name_of(const fs::path& path, bool archive) {
  std::string name = path.filename().string();
  if (archive) {
    name = name.substr(0, name.size() - ending_of(name, kArchiveEndings).size());
  }
  return printable(name, false, 150);
}

Submission submission(const fs::path& path, bool archive, bool link = false) {
  return {name_of(path, archive), path, archive, link};
}

Status add(const fs::path& argument, std::vector<Submission>& found) {
  std::error_code error;
  const fs::path path = fs::canonical(argument, error);
  if (error) {
    return user_error(printable(argument.string()),
                      "found nothing there, wanted a submission: " + error.message(),
                      "Give folders of sources, archives, or a folder that holds them.");
  }
  if (!fs::is_directory(path, error)) {
    // Its own name, should it be a link: that is the name that the caller gave it.
    found.push_back({name_of(argument, true), path, true, false});
    return {};
  }
  GRADUS_TRY(const Content content, look_into(path));
  GRADUS_TRY(const bool many, is_class(path, content));
  if (!many) {
    // A link keeps the name that the caller gave it; "." and ".." have none.
    const fs::path given = fs::absolute(argument, error).lexically_normal();
    const fs::path named = given.has_filename() ? given : given.parent_path();
    found.push_back({name_of(named.has_filename() ? named : path, false), path, false, false});
    return {};
  }
  for (const auto& entry : content.entries) {
    const bool link = entry.is_symlink(error), folder = entry.is_directory(error);
    found.push_back(submission(entry.path(), !folder, link));
  }
  return {};
}

}  // namespace

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) {
    return static_cast<char>(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
  });
  return text;
}

Result<std::vector<Submission>> find_submissions(const std::vector<fs::path>& arguments) {
  std::vector<Submission> found;
  for (const fs::path& argument : arguments) GRADUS_CHECK(add(argument, found));
  if (found.empty()) return user_error("", "found no submissions", "Give folders or archives.");
  std::map<std::string, const Submission*> names;
  for (const Submission& one : found) {
    if (one.name.empty() || one.name.starts_with(".")) {
      return user_error(printable(one.path.string()),
                        "found no name for its result folder (names that begin with '.' are not "
                        "taken)",
                        "Rename it.");
    }
    const auto [at, fresh] = names.try_emplace(one.name, &one);
    if (fresh) continue;
    return user_error(printable(one.name),
                      "two submissions have this name: " + printable(at->second->path.string()) +
                          " and " + printable(one.path.string()),
                      "Rename one of them: each has a result folder of its name.");
  }
  return found;
}

}  // namespace gradus::grader
