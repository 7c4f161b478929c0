#include "grader/submission/own_recipe.hpp"

#include <algorithm>
#include <vector>

#include "framework/core/files.hpp"
#include "framework/core/text.hpp"
#include "grader/submission/find.hpp"

namespace gradus::grader {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostEntries = 10'000;
constexpr std::uint64_t kMostBytes = 64 << 10;
constexpr const char* kOne = "Hand in one recipe.toml, beside the sources.";

}  // namespace

Result<std::optional<fs::path>> find_own_recipe(const fs::path& folder) {
  std::vector<fs::path> found;
  std::error_code error;
  std::size_t entries = 0;
  for (fs::recursive_directory_iterator at(folder, error), end; !error && at != end;
       at.increment(error)) {
    if (++entries > kMostEntries) break;  // the build says that this is too much
    const std::string name = at->path().filename().string();
    std::error_code ignored;
    const bool below = at->is_directory(ignored) && !at->is_symlink(ignored);
    if (name.starts_with(".") || (below && name.starts_with("build"))) {
      if (below) at.disable_recursion_pending();
      continue;
    }
    if (!below && lower(name) == lab::kOwnRecipeFile) found.push_back(at->path());
  }
  if (found.empty()) return std::optional<fs::path>();
  std::sort(found.begin(), found.end());
  const auto shown = [&](const fs::path& path) {
    return printable(path.lexically_relative(folder).string(), false, 200);
  };
  if (found.size() > 1) {
    return submission_error(shown(found[0]),
                            "found a second recipe, " + shown(found[1]) + "; wanted one", kOne);
  }
  if (found[0].filename() != lab::kOwnRecipeFile) {
    return submission_error(shown(found[0]),
                            std::string("found this name, wanted ") + lab::kOwnRecipeFile,
                            "Rename it: a recipe under another name would not count.");
  }
  if (!fs::is_regular_file(fs::symlink_status(found[0], error))) {
    return submission_error(shown(found[0]),
                            "found a link or something else that is no file, wanted a file", kOne);
  }
  return std::optional(found[0]);
}

Result<std::string> own_recipe_text(const fs::path& file) {
  auto text = read_file(file, kMostBytes);
  if (!text.ok()) {
    return submission_error(lab::kOwnRecipeFile,
                            "cannot be read (wanted at most 64 KiB): " + text.error().what, kOne);
  }
  return text;
}

Result<std::optional<lab::OwnRecipe>> own_recipe_of(const fs::path& folder, const lab::Lab& lab) {
  if (lab.own_recipe.allowed.empty()) return std::optional<lab::OwnRecipe>();
  GRADUS_TRY(const std::optional<fs::path> file, find_own_recipe(folder));
  if (!file) return std::optional<lab::OwnRecipe>();
  GRADUS_TRY(const std::string text, own_recipe_text(*file));
  GRADUS_TRY(lab::OwnRecipe own,
             lab::read_own_recipe(text, printable(file->lexically_relative(folder).string()), lab));
  return std::optional(std::move(own));
}

}  // namespace gradus::grader
