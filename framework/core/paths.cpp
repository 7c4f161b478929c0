#include "framework/core/paths.hpp"

#include <unistd.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "framework/core/files.hpp"

namespace gradus {
namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

}  // namespace

Result<Paths> find_paths() {
  Paths paths;
  if (const std::string home = environment("GRADUS_HOME"); !home.empty()) {
    paths.home = home;
    if (!paths.home.is_absolute()) {
      return user_error("GRADUS_HOME", "is '" + home + "', wanted an absolute path");
    }
  } else if (::geteuid() == 0) {
    paths.home = "/var/lib/gradus";
  } else if (const std::string user_home = environment("HOME"); !user_home.empty()) {
    paths.home = fs::path(user_home) / ".cache" / "gradus";
  } else {
    return user_error("GRADUS_HOME", "neither it nor HOME is set",
                      "set GRADUS_HOME to a folder of yours");
  }
  paths.home = paths.home.lexically_normal();
  if (const std::string prefix = environment("GRADUS_PREFIX"); !prefix.empty()) {
    paths.prefix = prefix;
  } else {
    std::error_code code;
    const fs::path self = fs::read_symlink("/proc/self/exe", code);
    if (code) return infrastructure_error("/proc/self/exe", "cannot read: " + code.message());
    // PREFIX/bin/gradus or PREFIX/libexec/gradus/gradus-supervisor
    fs::path folder = self.parent_path();
    if (folder.filename() == "gradus") folder = folder.parent_path();
    paths.prefix = folder.parent_path();
  }
  return paths;
}

Result<Toolchain> read_toolchain(const Paths& paths) {
  const fs::path file = paths.share() / "toolchain.json";
  auto text = read_file(file, 1 << 20);
  if (!text.ok()) {
    return infrastructure_error(file.string(), "cannot be read: " + text.error().what,
                                "install Gradus whole: './gradus setup'");
  }
  const auto json = nlohmann::json::parse(*text, nullptr, false);
  if (!json.is_object()) {
    return infrastructure_error(file.string(), "is not a JSON object",
                                "run './gradus setup' again");
  }
  try {
    Toolchain chain;
    chain.compiler = json.at("compiler").get<std::string>();
    chain.compiler_version = json.at("compiler_version").get<std::string>();
    chain.torch_dir = json.at("torch_dir").get<std::string>();
    chain.torch_mount = json.at("torch_mount").get<std::string>();
    chain.torch_version = json.at("torch_version").get<std::string>();
    chain.sdk_hash = json.at("sdk_hash").get<std::string>();
    chain.sanitizers = json.at("sanitizers").get<std::vector<std::string>>();
    return chain;
  } catch (const nlohmann::json::exception& problem) {
    return infrastructure_error(file.string(), std::string("lacks a key: ") + problem.what(),
                                "run './gradus setup' again");
  }
}

}  // namespace gradus
