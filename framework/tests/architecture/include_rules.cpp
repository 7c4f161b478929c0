#include "framework/tests/architecture/include_rules.hpp"

#include <algorithm>
#include <optional>
#include <regex>

namespace gradus::architecture {

namespace fs = std::filesystem;

const std::vector<Room>& rooms() {
  static const std::vector<Room> table = {
      {.folder = "framework/core", .may_include = {}},
      {.folder = "framework/record", .may_include = {"framework/core"}},
      {.folder = "framework/sandbox", .may_include = {"framework/core"}},
      {.folder = "framework/sdk",
       .may_include = {},
       .torch = true,
       .boost = {"boost/dll/alias.hpp", "boost/dll/config.hpp"}},
      // record: a failed build is a Failure, the same one that evidence holds.
      {.folder = "framework/build",
       .may_include = {"framework/sandbox", "framework/record", "framework/core"}},
      {.folder = "framework/lab", .may_include = {"framework/record", "framework/core"}},
      {.folder = "framework/worker",
       .may_include = {"framework/sdk", "framework/record", "framework/core", "datasets/store"},
       .torch = true,
       .boost = {"boost/dll/shared_library.hpp", "boost/dll/library_info.hpp"}},
      {.folder = "framework/supervisor",
       .may_include = {"framework/sandbox", "framework/record", "framework/core",
                       "datasets/store"}},
      // sandbox: what a tree of processes holds is counted in one place.
      {.folder = "framework/executor",
       .may_include = {"framework/supervisor", "framework/sandbox", "framework/record",
                       "framework/core"}},
      {.folder = "framework/cli",
       .may_include = {"framework/core", "framework/record", "framework/sandbox", "framework/build",
                       "framework/lab", "framework/supervisor", "framework/executor", "datasets",
                       "grader", "reports"}},
      {.folder = "plugins", .may_include = {"framework/sdk"}, .torch = true},
      {.folder = "labs", .may_include = {}},
      // record: a split is asked for as the plan writes it.
      {.folder = "datasets", .may_include = {"framework/record", "framework/core"}},
      {.folder = "grader",
       .may_include = {"framework/executor", "framework/build", "framework/lab", "framework/record",
                       "framework/sandbox", "datasets/store", "framework/core"}},
      {.folder = "reports",
       .may_include = {"framework/record", "framework/sandbox", "framework/core"}},
      {.folder = "framework/tests", .may_include = {}, .torch = true, .everything = true},
      {.folder = "framework/bench", .may_include = {}, .torch = true, .everything = true},
  };
  return table;
}

namespace {

bool below(const std::string& path, const std::string& folder) {
  return path.starts_with(folder + "/");
}

const Room* room_of(const std::string& path) {
  for (const Room& room : rooms()) {
    if (below(path, room.folder)) return &room;
  }
  return nullptr;
}

bool for_tests(const std::string& path) {
  return path.ends_with("_test.cpp") || path.find("/testing/") != std::string::npos;
}

struct Include {
  std::string name;
  bool quoted = false;
};

std::optional<Include> parse_include(const std::string& line) {
  static const std::regex pattern(R"(^\s*#\s*include\s*([<"])([^>"]+)[>"].*)");
  std::smatch match;
  if (!std::regex_match(line, match, pattern)) return std::nullopt;
  return Include{.name = match[2], .quoted = match[1] == "\""};
}

bool from_torch(const std::string& name) {
  return below(name, "torch") || below(name, "ATen") || below(name, "c10") || below(name, "caffe2");
}

// Empty where the include is allowed, else what was wanted.
std::string objection(const std::string& file, const Room& room, const Include& include) {
  if (from_torch(include.name))
    return room.torch ? "" : "only worker, sdk and plugins use LibTorch";
  if (below(include.name, "gradus")) return room.torch ? "" : "the sdk needs LibTorch";
  if (below(include.name, "boost/dll")) {
    const bool allowed = room.everything || std::ranges::count(room.boost, include.name) > 0;
    return allowed ? "" : "Boost.DLL is the worker's (the sdk has boost/dll/alias.hpp)";
  }
  if (!include.quoted) return "";
  const Room* target = room_of(include.name);
  if (target == nullptr) {
    const bool outside_too = room.folder == "plugins" || room.folder == "framework/sdk";
    return outside_too ? "" : "quoted includes are written from the repository root";
  }
  if (target == &room || room.everything) return "";
  if (include.name.find("/testing/") != std::string::npos && for_tests(file)) return "";
  for (const std::string& folder : room.may_include) {
    if (below(include.name, folder)) return "";
  }
  std::string wanted = room.folder + " may include:";
  for (const std::string& folder : room.may_include) wanted += " " + folder;
  return wanted;
}

}  // namespace

Violations include_violations(const fs::path& root) {
  Violations found;
  for (const fs::path& path : source_files(root, {".cpp", ".hpp", ".h", ".cu"})) {
    const std::string file = path.generic_string();
    const Room* room = room_of(file);
    if (room == nullptr) {
      found.push_back(file + ": belongs to no room of the table in include_rules.cpp");
      continue;
    }
    std::size_t number = 0;
    for (const std::string& line : read_lines(root / path)) {
      ++number;
      const std::optional<Include> include = parse_include(line);
      if (!include) continue;
      const std::string why = objection(file, *room, *include);
      if (!why.empty()) {
        found.push_back(file + ":" + std::to_string(number) + ": includes " + include->name + "; " +
                        why);
      }
    }
  }
  return found;
}

}  // namespace gradus::architecture
