#include "framework/executor/session.hpp"

#include <utility>
#include <vector>

namespace gradus::executor {
namespace {

constexpr const char* kPrefix = "executor-";

void remove_abandoned(const fs::path& scratch) {
  std::error_code code;
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(scratch, code)) {
    if (entry.path().filename().string().starts_with(kPrefix)) found.push_back(entry.path());
  }
  for (const fs::path& folder : found) {
    const auto lock = FileLock::try_acquire(folder / "lock");
    // Best effort: what cannot be removed now is tried again next time.
    if (lock.ok()) static_cast<void>(remove_tree(folder));
  }
}

}  // namespace

Result<Session> Session::open(const Paths& paths) {
  GRADUS_CHECK(make_folder(paths.scratch()));
  // One at a time: a folder is never seen between its making and its locking.
  GRADUS_TRY(const FileLock all, FileLock::acquire(paths.locks() / "executor-sessions.lock"));
  remove_abandoned(paths.scratch());
  GRADUS_TRY(fs::path folder, make_temporary_folder(paths.scratch(), "executor"));
  FolderGuard guard(folder);
  GRADUS_TRY(FileLock lock, FileLock::try_acquire(folder / "lock"));
  return Session(std::move(guard), std::move(lock));
}

}  // namespace gradus::executor
