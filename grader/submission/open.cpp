#include "grader/submission/open.hpp"

#include <algorithm>

#include "framework/build/sources.hpp"
#include "framework/core/files.hpp"
#include "framework/core/hash.hpp"
#include "framework/core/text.hpp"
#include "grader/archive/unpack.hpp"
#include "grader/submission/own_recipe.hpp"

namespace gradus::grader {
namespace {

constexpr const char* kLink = "it is a symbolic link";

void add_files(Sha256& hash, const std::vector<build::SourceFile>& files) {
  for (const auto& file : files) {
    hash.update_field(file.name);
    hash.update_field(file.content);
  }
}

std::string reason_hash(const std::string& reason) { return sha256("unreadable: " + reason); }

std::string folder_hash(const std::filesystem::path& folder) {
  const auto collected = build::collect_sources(folder);
  if (!collected.ok()) return reason_hash(collected.error().what);
  if (collected->failure) return reason_hash(collected->failure->what);
  Sha256 hash;
  hash.update_field("gradus.submission/1");
  add_files(hash, collected->sources.units);
  add_files(hash, collected->sources.headers);
  for (const std::string& name : collected->sources.libraries) {
    hash.update_field(name);
    const auto bytes = sha256_file(folder / name);
    hash.update_field(bytes.ok() ? *bytes : bytes.error().what);
  }
  const auto recipe = find_own_recipe(folder);
  if (!recipe.ok() || *recipe) {
    hash.update_field(lab::kOwnRecipeFile);
    const auto bytes = recipe.ok() ? sha256_file(**recipe) : Result<std::string>(recipe.error());
    hash.update_field(bytes.ok() ? *bytes : bytes.error().what);
  }
  return hash.hex();
}

/// Why a folder holds nothing that could be built.
Result<std::optional<Failure>> nothing_to_build(const std::filesystem::path& folder,
                                                bool prebuilt_allowed) {
  GRADUS_TRY(const build::Collected collected, build::collect_sources(folder));
  if (collected.failure) {
    return std::optional(rejection(collected.failure->what, collected.failure->cure));
  }
  const build::Sources& sources = collected.sources;
  if (!sources.units.empty()) return std::optional<Failure>();
  if (sources.libraries.empty()) {
    return std::optional(rejection("it holds no sources (*.cpp)" + build::instead_of_units(sources),
                                   "hand in the plugin's sources"));
  }
  if (!prebuilt_allowed) {
    return std::optional(rejection("it holds no sources (*.cpp)" + build::instead_of_units(sources),
                                   "hand in the sources: this lab takes no prebuilt libraries"));
  }
  return std::optional<Failure>();
}

}  // namespace

std::string content_hash(const Submission& submission) {
  std::error_code error;
  if (submission.link) return reason_hash(kLink);
  if (!submission.archive) return folder_hash(submission.path);
  if (!std::filesystem::is_regular_file(submission.path, error)) return reason_hash("no file");
  const auto hash = sha256_file(submission.path);
  return hash.ok() ? *hash : reason_hash(hash.error().what);
}

Result<Opened> open_submission(const Paths& paths, sandbox::Mode mode, const Submission& submission,
                               bool prebuilt_allowed, const std::filesystem::path& scratch) {
  Opened opened;
  if (submission.link) {
    // It may have come out of a student's archive, and lead to somebody else's work.
    opened.rejected = rejection(kLink, "replace it with what it points to");
    return opened;
  }
  opened.folder = submission.path;
  if (submission.archive) {
    opened.folder = scratch / submission.name;
    GRADUS_TRY(opened.rejected, unpack(paths, mode, submission.path, opened.folder));
    if (opened.rejected) return opened;
  }
  GRADUS_TRY(opened.rejected, nothing_to_build(opened.folder, prebuilt_allowed));
  return opened;
}

}  // namespace gradus::grader
