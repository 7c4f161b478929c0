#pragma once

#include <filesystem>
#include <gradus/augmentation.hpp>
#include <gradus/model.hpp>
#include <memory>
#include <string>
#include <vector>

#include "framework/core/result.hpp"

namespace gradus::worker {

/// One plugin of a library, loaded for good: a library is never unloaded, because autograd graphs,
/// exceptions and modules may point into it until the process ends. Call only inside the sandbox:
/// opening runs the library's static constructors.
///
/// Every error is the submission's (Fault::submission) and its `where` begins with the word
/// LOAD_FAILED; the text may quote untrusted bytes.
class Plugin {
 public:
  /// Checks in this order: the file exists, is ELF, is of this machine, lists the plugin (the
  /// nearest names otherwise) and exports and imports nothing it must not, all without running any
  /// of its code; then loads it (now, local), pins it and checks the manifest: magic, ABI, size,
  /// fingerprint (every difference at once), non-null, kind, name. kind: "model", "activation",
  /// "augmentation".
  static Result<Plugin> open(const std::filesystem::path& library, const std::string& kind,
                             const std::string& name);

  const std::string& name() const { return name_; }
  const std::string& version() const { return version_; }
  /// E.g. "compiled with gcc 12.2, the worker with clang 16.0".
  const std::vector<std::string>& warnings() const { return warnings_; }

  /// New instances; an error where the plugin is of another kind or its constructor threw.
  Result<std::shared_ptr<gradus::Model>> create_model(const gradus::Context& context) const;
  Result<std::shared_ptr<gradus::Activation>> create_activation(
      const gradus::Context& context) const;
  Result<std::shared_ptr<gradus::Augmentation>> create_augmentation(
      const gradus::Context& context) const;

 private:
  Plugin() = default;

  const gradus::Manifest* manifest_ = nullptr;  ///< in the library
  std::string library_, name_, version_;
  std::vector<std::string> warnings_;
};

}  // namespace gradus::worker
