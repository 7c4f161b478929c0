// Writes a result folder.
//
// Theory of operation. Everything is put together in a hidden folder beside the target, synced, and
// renamed into place; an older result is exchanged in one system call, so that at no moment there
// is half a result or none. What else a person keeps in the folder moves over to the new one.

#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>

#include <cerrno>
#include <set>

#include "framework/core/files.hpp"
#include "framework/core/text.hpp"
#include "grader/grader.hpp"

namespace gradus::grader {
namespace {

namespace fs = std::filesystem;

/// What a result folder of ours holds; the rest belongs to somebody else.
const std::set<std::string>& ours() {
  static const std::set<std::string> names = {"result.json", "runs", "figures", "report.html",
                                              "report.pdf"};
  return names;
}

Result<fs::path> resolved(const fs::path& folder) {
  std::error_code error;
  fs::path path = fs::weakly_canonical(fs::absolute(folder, error), error);
  if (error || path.filename().empty()) path = path.parent_path();
  if (path.empty() || path == path.root_path()) {
    return user_error(folder.string(), "found no folder name, wanted one for the result",
                      "Give a folder with --out.");
  }
  return path;
}

Status fill(const fs::path& staging, const LabResult& result,
            const std::vector<executor::Entry>& entries) {
  GRADUS_CHECK(make_folder(staging / "runs"));
  std::set<std::string> copied;
  for (const executor::Entry& entry : entries) {
    if (entry.evidence.empty() || !copied.insert(entry.run_hash).second) continue;
    GRADUS_CHECK(copy_tree(entry.evidence, staging / "runs" / entry.run_hash));
  }
  return write_file(staging / "result.json", to_json(result).dump(2) + "\n");
}

/// Swaps staging with an older result and removes that.
Status exchange(const fs::path& staging, const fs::path& folder) {
  if (::renameat2(AT_FDCWD, staging.c_str(), AT_FDCWD, folder.c_str(), RENAME_EXCHANGE) != 0) {
    if (errno != EINVAL && errno != ENOSYS)
      return system_error(folder.string(), "cannot replace the older result", errno);
    // A file system without the exchange: the older result steps aside for a moment.
    const fs::path aside = staging.string() + ".old";
    std::error_code error;
    fs::rename(folder, aside, error);
    if (!error) fs::rename(staging, folder, error);
    if (error) {
      std::error_code ignored;
      if (!fs::exists(folder, ignored)) fs::rename(aside, folder, ignored);
      return infrastructure_error(folder.string(),
                                  "cannot replace the older result: " + error.message());
    }
    fs::rename(aside, staging, error);
    if (error)
      return infrastructure_error(aside.string(),
                                  "cannot move the older result: " + error.message());
  }
  std::error_code error;
  for (fs::directory_iterator at(staging, error), end; !error && at != end; at.increment(error)) {
    const std::string name = at->path().filename().string();
    std::error_code failed;
    if (!ours().contains(name)) fs::rename(at->path(), folder / name, failed);
    if (failed) {
      return infrastructure_error(
          at->path().string(), "cannot move '" + name + "' to the new result: " + failed.message(),
          "It is kept where it is; move it by hand.");
    }
  }
  return remove_tree(staging);
}

}  // namespace

Status check_result_folder(const fs::path& folder, const std::string& lab) {
  std::error_code error;
  const auto status = fs::symlink_status(folder, error);
  if (!fs::exists(status)) return check_writable(folder);
  const std::string cure = "Give another folder with --out.";
  if (!fs::is_directory(status))
    return user_error(folder.string(), "found a file, wanted a folder for the result", cure);
  GRADUS_CHECK(check_writable(folder));
  if (fs::is_empty(folder, error) && !error) return {};
  if (!fs::exists(folder / "result.json", error)) {
    return user_error(
        folder.string(),
        "found a folder that is no result of Gradus (it has no result.json); it is left as it is",
        cure);
  }
  const auto old = read_result(folder);
  if (!old.ok()) {
    return user_error(folder.string(),
                      "found a result.json that is not one of Gradus (" + old.error().what +
                          "); the folder is left as it is",
                      cure);
  }
  if (!lab.empty() && old->lab != lab) {
    return user_error(folder.string(),
                      "found a result of the lab '" + printable(old->lab) +
                          "', which one of the lab '" + printable(lab) +
                          "' would replace; it is left as it is",
                      cure);
  }
  return {};
}

Status write_result(const LabResult& result, const std::vector<executor::Entry>& entries,
                    const fs::path& folder) {
  GRADUS_TRY(const fs::path target, resolved(folder));
  GRADUS_CHECK(check_result_folder(target));
  GRADUS_CHECK(make_folder(target.parent_path()));
  GRADUS_TRY(const fs::path staging,
             make_temporary_folder(target.parent_path(), "." + target.filename().string()));
  FolderGuard guard(staging);
  GRADUS_CHECK(fill(staging, result, entries));
  std::error_code error;
  fs::permissions(staging, fs::perms(0755), error);
  if (error)
    return infrastructure_error(staging.string(), "cannot set permissions: " + error.message());
  if (fs::exists(target, error) && !fs::is_empty(target, error)) {
    const Status status = exchange(staging, target);
    // Should something of a person's not have moved, the old folder stays rather than vanish.
    guard.release();
    return status;
  }
  GRADUS_CHECK(publish_folder(staging, target));
  guard.release();
  return {};
}

}  // namespace gradus::grader
