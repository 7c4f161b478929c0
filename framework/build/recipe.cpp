#include "framework/build/recipe.hpp"

#include <sys/stat.h>

#include <algorithm>

#include "framework/core/files.hpp"
#include "framework/core/hash.hpp"
#include "framework/core/process.hpp"
#include "framework/core/text.hpp"

namespace gradus::build {
namespace {

/// Raised whenever a call below changes what comes out of equal sources.
constexpr const char* kRecipeVersion = "1";
constexpr const char* kInstall = "install Gradus whole: './gradus setup'";

/// Flags that decide the code, without paths: they are hashed.
std::vector<std::string> code_flags(const std::vector<std::string>& sanitizers) {
  std::vector<std::string> flags{"-std=c++20",
                                 "-O2",
                                 "-DNDEBUG",
                                 "-fPIC",
                                 "-fvisibility=hidden",
                                 "-fvisibility-inlines-hidden",
                                 "-DBOOST_DLL_USE_STD_FS"};
  if (!sanitizers.empty()) {
    flags.push_back("-fsanitize=" + join(sanitizers, ","));
    flags.push_back("-fno-omit-frame-pointer");
  }
  return flags;
}

Result<std::vector<SourceFile>> read_sdk(const std::filesystem::path& folder) {
  std::vector<SourceFile> files;
  std::error_code code;
  for (std::filesystem::directory_iterator it(folder, code), end; !code && it != end;
       it.increment(code)) {
    GRADUS_TRY(std::string content, read_file(it->path(), 1 << 20));
    files.push_back({it->path().filename().string(), std::move(content)});
  }
  if (code || files.empty()) {
    return infrastructure_error(folder.string(), "does not hold the SDK's headers", kInstall);
  }
  std::sort(files.begin(), files.end(),
            [](const SourceFile& a, const SourceFile& b) { return a.name < b.name; });
  return files;
}

/// Size and time of the compiler itself: an upgraded compiler refuses an old precompiled header.
std::string stamp(const std::filesystem::path& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return "absent";
  return std::to_string(info.st_size) + " " + std::to_string(info.st_mtim.tv_sec);
}

void update(Sha256& hash, const std::vector<SourceFile>& files) {
  hash.update_field(std::to_string(files.size()));
  for (const SourceFile& file : files) {
    hash.update_field(file.name);
    hash.update_field(file.content);
  }
}

}  // namespace

Result<Recipe> Recipe::make(const Paths& paths, const Toolchain& toolchain) {
  Recipe recipe;
  GRADUS_TRY(recipe.sdk_, read_sdk(paths.include() / "gradus"));
  GRADUS_TRY(recipe.version_script_, read_file(paths.share() / "plugin.map", 1 << 16));
  recipe.compiler_ = toolchain.compiler;
  recipe.torch_ = toolchain.torch_dir;
  recipe.torch_mount_ = toolchain.torch_mount;
  recipe.sanitizers_ = toolchain.sanitizers;
  recipe.clang_ = toolchain.compiler_version.find("lang") != std::string::npos;

  std::error_code code;
  const auto real = std::filesystem::canonical(recipe.compiler_, code);
  if (code) {
    return infrastructure_error(recipe.compiler_.string(), "the compiler is missing", kInstall);
  }
  if (!real.string().starts_with("/usr/")) {
    recipe.compiler_home_ = real.parent_path().parent_path();  // BIN/.. holds its own headers
  }

  Sha256 id;
  id.update_field(kRecipeVersion);
  id.update_field(toolchain.compiler_version);
  id.update_field(toolchain.torch_version);
  for (const std::string& flag : code_flags(recipe.sanitizers_)) id.update_field(flag);
  id.update_field(recipe.version_script_);
  update(id, recipe.sdk_);
  recipe.id_ = id.hex();

  Sha256 place;
  place.update_field(recipe.id_);
  for (const auto& path : {recipe.compiler_, real, recipe.torch_, paths.home}) {
    place.update_field(path.string());
  }
  place.update_field(stamp(real));
  place.update_field(stamp(recipe.torch_ / "lib/libtorch_cpu.so"));
  recipe.place_ = paths.home / "pch" / place.hex().substr(0, 16);
  return recipe;
}

std::filesystem::path Recipe::pch() const {
  // g++ takes a .gch beside the header that is named on its command line.
  return place_ / (clang_ ? "gradus.pch" : "gradus_pch.hpp.gch");
}

std::vector<std::string> Recipe::flags() const {
  std::vector<std::string> flags = code_flags(sanitizers_);
  flags.insert(flags.end(),
               {"-I" + (place_ / "include").string(), "-isystem", (torch_ / "include").string(),
                "-isystem", (torch_ / "include/torch/csrc/api/include").string()});
  // A few errors at most: the rest follows from the first.
  flags.push_back("-fdiagnostics-color=never");
  flags.push_back(clang_ ? "-ferror-limit=8" : "-fmax-errors=8");
  flags.push_back("-ftemplate-backtrace-limit=4");
  return flags;
}

std::vector<std::string> Recipe::precompile_call(const std::filesystem::path& output) const {
  std::vector<std::string> call{compiler_.string()};
  for (std::string& flag : flags()) call.push_back(std::move(flag));
  call.insert(call.end(), {"-x", "c++-header"});
  if (clang_) {
    // Without time stamps, a reinstalled LibTorch of equal headers does not spoil the header.
    call.insert(call.end(), {"-fpch-instantiate-templates", "-Xclang", "-fno-pch-timestamp"});
  }
  call.insert(call.end(), {(place_ / "gradus_pch.hpp").string(), "-o", output.string()});
  return call;
}

std::vector<std::string> Recipe::compile_call(const std::string& source,
                                              const std::filesystem::path& object) const {
  std::vector<std::string> call{compiler_.string()};
  for (std::string& flag : flags()) call.push_back(std::move(flag));
  call.push_back("-Wall");
  if (clang_) {
    call.insert(call.end(), {"-include-pch", pch().string()});
  } else {
    call.insert(call.end(), {"-include", (place_ / "gradus_pch.hpp").string()});
  }
  call.insert(call.end(), {"-c", source, "-o", object.string()});
  return call;
}

std::vector<std::string> Recipe::link_call(const std::vector<std::filesystem::path>& objects,
                                           const std::filesystem::path& library) const {
  std::vector<std::string> call{compiler_.string(), "-shared", "-o", library.string()};
  for (const auto& object : objects) call.push_back(object.string());
  call.insert(call.end(),
              {(torch_ / "lib/libtorch_cpu.so").string(), (torch_ / "lib/libc10.so").string(),
               "-Wl,--allow-shlib-undefined", "-Wl,-z,now", "-Wl,--strip-debug",
               "-Wl,--version-script=" + (place_ / "plugin.map").string()});
  if (sanitizers_.empty()) {
    call.push_back("-Wl,--no-undefined");
  } else {  // a sanitizer's run time is in the worker, not in the library
    call.push_back("-fsanitize=" + join(sanitizers_, ","));
  }
  // mold reads LibTorch's 400 MB of symbols in a fraction of the time that ld takes.
  if (find_program("mold").string().starts_with("/usr/")) call.push_back("-fuse-ld=mold");
  return call;
}

sandbox::Spec Recipe::spec(std::vector<std::string> call, sandbox::Mode mode) const {
  sandbox::Spec spec;
  spec.argv = std::move(call);
  spec.env = {{"PATH", "/usr/bin:/bin"}, {"LANG", "C.UTF-8"}, {"TMPDIR", "/tmp"}};
  spec.mode = mode;
  spec.mounts = {{torch_mount_, {}, false}, {place_, {}, false}};
  if (!compiler_home_.empty()) spec.mounts.push_back({compiler_home_, {}, false});
  return spec;
}

std::string Recipe::library_hash(const Sources& sources) const {
  Sha256 hash;
  hash.update_field("sources");
  hash.update_field(id_);
  update(hash, sources.units);
  update(hash, sources.headers);
  return hash.hex();
}

std::string Recipe::object_hash(const Sources& sources, const SourceFile& unit) const {
  Sha256 hash;
  hash.update_field("object");
  hash.update_field(id_);
  hash.update_field(unit.name);
  hash.update_field(unit.content);
  update(hash, sources.headers);
  return hash.hex();
}

std::string Recipe::prebuilt_hash(const std::string& library_sha256) const {
  Sha256 hash;
  hash.update_field("prebuilt");
  hash.update_field(id_);
  hash.update_field(library_sha256);
  return hash.hex();
}

}  // namespace gradus::build
