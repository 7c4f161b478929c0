#include <algorithm>

#include "framework/core/text.hpp"
#include "framework/lab/lab.hpp"
#include "framework/lab/problems.hpp"

namespace gradus::lab {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFile = "lab.toml";

bool is_file(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

/// Two short names at most ("simplenn", "check/model"): what an id of ours looks like.
bool is_id(const std::string& name) {
  return !name.empty() && name.front() != '/' && name.front() != '.' &&
         name.find("..") == std::string::npos && std::count(name.begin(), name.end(), '/') <= 1;
}

}  // namespace

Result<fs::path> find_lab(const fs::path& labs_folder, const std::string& name) {
  if (is_id(
          name)) {  // an installed lab first: a student's folder of the same name is the submission
    for (const fs::path& candidate : {labs_folder / name / kFile, labs_folder / (name + ".toml")}) {
      if (is_file(candidate)) return candidate;
    }
  }
  const fs::path path = name;
  if (!name.empty() && is_file(path)) return path;
  if (!name.empty() && is_file(path / kFile)) return path / kFile;

  std::vector<std::string> known;
  for (const fs::path& file : list_labs(labs_folder))
    known.push_back(file.parent_path().filename().string());
  return user_error(printable(name, false, 200),
                    "found no such lab, wanted one of " + enumerate(known) +
                        ", a folder with a lab.toml or a lab file" + did_you_mean(name, known),
                    "'gradus lab list' shows the labs there are.");
}

std::vector<fs::path> list_labs(const fs::path& labs_folder) {
  std::vector<fs::path> labs;
  std::error_code error;
  for (fs::directory_iterator at(labs_folder, error), end; !error && at != end;
       at.increment(error)) {
    if (is_file(at->path() / kFile)) labs.push_back(at->path() / kFile);
  }
  std::sort(labs.begin(), labs.end());
  return labs;
}

Status check_task_names(const Lab& lab, const std::vector<std::string>& only_tasks) {
  std::vector<std::string> known;
  for (const Task& task : lab.tasks) known.push_back(task.id);
  for (const std::string& name : only_tasks) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    return user_error(lab.id,
                      "found no task '" + printable(name, false, 60) + "', wanted one of " +
                          enumerate(known) + did_you_mean(name, known),
                      "'gradus lab show " + lab.id + "' shows the tasks.");
  }
  return {};
}

}  // namespace gradus::lab
