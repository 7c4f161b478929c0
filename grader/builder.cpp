#include "grader/builder.hpp"

#include <algorithm>

#include "framework/core/text.hpp"

namespace gradus::grader {

namespace fs = std::filesystem;

Result<build::BuildResult> Builder::build(const fs::path& folder, const std::string& name,
                                          bool prebuilt) const {
  if (say_) say_("building " + name);
  return build::build(paths_, toolchain_, {folder, mode_, prebuilt, cancelled_});
}

Result<Source> Builder::reference(const std::string& name) const {
  if (const auto known = references_.find(name); known != references_.end()) return known->second;
  const fs::path folder = paths_.plugins() / name;
  std::error_code ignored;
  if (!fs::is_directory(folder, ignored)) {
    return user_error("reference:" + name,
                      "found no reference plugin '" + name + "', wanted one of " + known(),
                      "Mend the name in the lab file.");
  }
  GRADUS_TRY(build::BuildResult result, build(folder, "the reference plugin " + name, false));
  if (!result.built) {
    return infrastructure_error(
        "reference:" + name,
        "the reference plugin cannot be built: " +
            (result.failure ? printable(result.failure->what, true) : "no library"),
        "Run 'gradus doctor'.");
  }
  return references_.emplace(name, Source{name, std::move(*result.built)}).first->second;
}

std::string Builder::known() const {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator at(paths_.plugins(), error), end; !error && at != end;
       at.increment(error)) {
    if (at->is_directory(error)) names.push_back(at->path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names.empty() ? "none: " + paths_.plugins().string() + " is empty" : join(names, ", ");
}

}  // namespace gradus::grader
