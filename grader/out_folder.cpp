#include <cerrno>
#include <cstdlib>

#include "framework/core/files.hpp"
#include "grader/grader.hpp"

namespace gradus::grader {
namespace {

namespace fs = std::filesystem;

/// What the person who named the folder can mend; a full disk is not among it.
bool is_of_the_place(int error) {
  return error == EACCES || error == EPERM || error == EROFS || error == ENOENT || error == ENOTDIR;
}

}  // namespace

Status check_writable(const fs::path& folder) {
  const std::string cure = "Give another folder with --out.";
  fs::path at = fs::absolute(folder);
  std::error_code error;
  while (!fs::exists(fs::symlink_status(at, error)) && at != at.parent_path())
    at = at.parent_path();
  if (!fs::is_directory(at, error)) {
    return user_error(folder.string(),
                      "found the file '" + at.string() + "' on the way there, wanted a folder",
                      cure);
  }
  // Only an attempt tells: permissions say nothing of a file system that is mounted read-only, nor
  // to root.
  std::string probe = (at / ".gradus-XXXXXX").string();
  if (::mkdtemp(probe.data()) == nullptr) {
    const int why = errno;
    Error failed = system_error(at.string(), "cannot be written to", why);
    if (!is_of_the_place(why)) return failed;
    return user_error(folder.string(), "found that " + at.string() + " " + failed.what, cure);
  }
  return remove_tree(probe);
}

}  // namespace gradus::grader
