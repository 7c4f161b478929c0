#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "framework/build/sources.hpp"
#include "framework/core/paths.hpp"
#include "framework/core/result.hpp"
#include "framework/sandbox/sandbox.hpp"

namespace gradus::build {

/// How sources become a library: the compiler's calls and the hashes that name their results.
///
/// Two hashes. `id` covers what decides the code that comes out (compiler version, flags, SDK
/// headers, LibTorch version, sanitizers), and no path: it goes into run hashes, so it must be
/// equal on two machines. `place` covers what decides whether a precompiled header is accepted here
/// (the compiler's own file, LibTorch's folder) as well; it names GRADUS_HOME/pch/PLACE, which
/// holds a copy of the SDK's headers, so that a reinstalled Gradus with equal headers keeps its
/// PCH.
class Recipe {
 public:
  /// Reads the SDK's headers (some 100 kB). Error (infrastructure): not installed.
  static Result<Recipe> make(const Paths& paths, const Toolchain& toolchain);

  const std::string& id() const { return id_; }
  const std::filesystem::path& place() const { return place_; }  ///< GRADUS_HOME/pch/PLACE
  bool clang() const { return clang_; }
  /// The precompiled header's file; compile calls use it, precompile makes it.
  std::filesystem::path pch() const;
  const std::vector<SourceFile>& sdk() const { return sdk_; }
  const std::string& version_script() const { return version_script_; }

  std::vector<std::string> precompile_call(const std::filesystem::path& output) const;
  std::vector<std::string> compile_call(const std::string& source,
                                        const std::filesystem::path& object) const;
  std::vector<std::string> link_call(const std::vector<std::filesystem::path>& objects,
                                     const std::filesystem::path& library) const;

  /// A sandbox for such a call: LibTorch, this recipe's folder and a compiler outside /usr mounted.
  sandbox::Spec spec(std::vector<std::string> call, sandbox::Mode mode) const;

  /// Names a folder's library / one source's object.
  std::string library_hash(const Sources& sources) const;
  std::string object_hash(const Sources& sources, const SourceFile& unit) const;
  std::string prebuilt_hash(const std::string& library_sha256) const;

 private:
  Recipe() = default;
  std::vector<std::string> flags() const;  ///< of every compile, the PCH's too

  std::filesystem::path compiler_, compiler_home_, torch_, torch_mount_, place_;
  std::vector<std::string> sanitizers_;
  std::vector<SourceFile> sdk_;
  std::string version_script_, id_;
  bool clang_ = true;
};

}  // namespace gradus::build
