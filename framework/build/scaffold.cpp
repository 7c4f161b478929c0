#include <algorithm>
#include <array>
#include <cctype>

#include "framework/build/build.hpp"
#include "framework/core/files.hpp"
#include "framework/core/text.hpp"

namespace gradus::build {
namespace {

constexpr std::array<const char*, 4> kKinds{"model", "activation", "augmentation", "lab"};

bool identifier(const std::string& name) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; };
  return !name.empty() && name.size() <= 48 && name[0] >= 'a' && name[0] <= 'z' &&
         std::all_of(name.begin(), name.end(),
                     [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

/// "my_net" → "MyNet".
std::string class_name(const std::string& name) {
  std::string text;
  bool upper = true;
  for (const char c : name) {
    if (c == '_') {
      upper = true;
    } else {
      text += upper ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
      upper = false;
    }
  }
  return text;
}

void replace_all(std::string& text, const std::string& from, const std::string& to) {
  for (std::size_t at = text.find(from); at != std::string::npos;
       at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

}  // namespace

Result<std::filesystem::path> scaffold(const Paths& paths, const std::string& kind,
                                       const std::string& name,
                                       const std::filesystem::path& parent) {
  if (std::find(kKinds.begin(), kKinds.end(), kind) == kKinds.end()) {
    return user_error(kind, "is no kind of plugin", "use model, activation, augmentation or lab");
  }
  if (!identifier(name)) {
    return user_error(printable(name),
                      std::string("is no name for a ") + (kind == "lab" ? "lab" : "plugin") +
                          ": wanted lower-case letters, digits and '_', a letter "
                          "first, at most 48 characters",
                      "e.g. 'gradus new " + kind + (kind == "lab" ? " my_lab'" : " my_net'"));
  }
  const auto target = parent / name;
  std::error_code code;
  if (!std::filesystem::is_directory(parent, code)) {
    return user_error(parent.string(), "is no folder", "make it first, or name another");
  }
  if (std::filesystem::exists(std::filesystem::symlink_status(target, code))) {
    return user_error(target.string(), "exists already",
                      "choose another name; nothing was changed");
  }
  const auto source = paths.share() / "template" / kind;
  const auto toolchain = read_toolchain(paths);  // only for the editor's flags: may be missing
  const std::array<std::pair<std::string, std::string>, 4> marks{
      {{"@NAME@", name},
       {"@CLASS@", class_name(name)},
       {"@PREFIX@", paths.prefix.string()},
       {"@TORCH@", toolchain.ok() ? toolchain->torch_dir.string() : ""}}};

  GRADUS_TRY(const auto staging, make_temporary_folder(parent, "." + name));
  FolderGuard guard(staging);
  std::size_t files = 0;
  for (std::filesystem::directory_iterator it(source, code), end; !code && it != end;
       it.increment(code)) {
    GRADUS_TRY(std::string text, read_file(it->path(), 1 << 20));
    for (const auto& [mark, value] : marks) replace_all(text, mark, value);
    std::string leaf = it->path().filename().string();
    if (leaf == "plugin.cpp.in") leaf = name + ".cpp";
    if (leaf == "lab.toml.in") leaf = "lab.toml";
    if (leaf == "dot_clangd") leaf = ".clangd";
    GRADUS_CHECK(write_file(staging / leaf, text));
    ++files;
  }
  if (code || files == 0) {
    return infrastructure_error(source.string(), "does not hold the template",
                                "install Gradus whole: './gradus setup'");
  }
  std::filesystem::permissions(staging, static_cast<std::filesystem::perms>(0755), code);
  std::filesystem::rename(staging, target, code);
  if (code) {
    return user_error(target.string(), "cannot be created: " + code.message(),
                      "choose a folder that you may write to");
  }
  guard.release();
  return target;
}

}  // namespace gradus::build
