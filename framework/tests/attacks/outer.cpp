#include "framework/tests/attacks/outer.hpp"

#include <filesystem>
#include <initializer_list>

namespace gradus::attacks {

Command in_outer_sandbox(const std::vector<std::string>& shown,
                         const std::vector<std::string>& argv) {
  namespace fs = std::filesystem;
  Command outer;
  outer.argv = {"bwrap", "--unshare-all", "--die-with-parent", "--new-session", "--ro-bind",
                "/usr",  "/usr"};
  const auto add = [&](std::initializer_list<std::string> words) {
    outer.argv.insert(outer.argv.end(), words.begin(), words.end());
  };
  for (const char* path : {"/bin", "/lib", "/lib64"})
    if (fs::is_symlink(path))
      add({"--symlink", fs::read_symlink(path), path});
    else if (fs::exists(path))
      add({"--ro-bind", path, path});
  add({"--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"});
  for (const std::string& path : shown) add({"--ro-bind", path, path});
  add({"--"});
  outer.argv.insert(outer.argv.end(), argv.begin(), argv.end());
  return outer;
}

}  // namespace gradus::attacks
