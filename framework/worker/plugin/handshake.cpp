#include "framework/worker/plugin/handshake.hpp"

#include <optional>
#include <string_view>

#include "framework/core/text.hpp"

namespace gradus::worker {
namespace {

constexpr const char* kWhere = "LOAD_FAILED load";
constexpr std::size_t kLongestText = 512;

/// Fields in which plugin and worker must agree, and how to say them.
struct Field {
  const char *key, *title;
};
constexpr Field kFields[] = {
    {"abi", "plugin ABI"},
    {"sdk", "SDK headers"},
    {"libtorch", "LibTorch"},
    {"stdlib", "C++ standard library"},
    {"cxx11_abi", "_GLIBCXX_USE_CXX11_ABI"},
    {"standard", "__cplusplus"},
    {"sanitizer", "sanitizer"},
};

/// A C string of the plugin's, cut where it is not plausible.
std::optional<std::string> bounded_text(const char* text) {
  if (text == nullptr) return std::nullopt;
  std::string copy;
  while (copy.size() < kLongestText && *text != '\0') copy.push_back(*text++);
  return copy;
}

std::string field(const std::map<std::string, std::string>& fields, const std::string& key) {
  const auto at = fields.find(key);
  return at == fields.end() ? "nothing" : at->second;
}

Error refuse(const std::string& what, const std::string& cure) {
  return submission_error(kWhere, what, cure);
}

std::string rebuild(const std::map<std::string, std::string>& wanted) {
  std::string text = "rebuild against this SDK with LibTorch " + field(wanted, "libtorch");
  text += ", -std=c++20, " + field(wanted, "stdlib");
  if (field(wanted, "cxx11_abi") != "none") {
    text += " and -D_GLIBCXX_USE_CXX11_ABI=" + field(wanted, "cxx11_abi");
  }
  if (field(wanted, "sanitizer") != "none") {
    text += " and -fsanitize=" + field(wanted, "sanitizer");
  }
  return text + ": submit the sources, or use find_package(gradus) and gradus_add_plugin()";
}

}  // namespace

std::map<std::string, std::string> fingerprint_fields(const std::string& fingerprint) {
  std::map<std::string, std::string> fields;
  for (const std::string& part : split(fingerprint, ';')) {
    if (const auto equals = part.find('='); equals != std::string::npos) {
      fields[part.substr(0, equals)] = part.substr(equals + 1);
    }
  }
  return fields;
}

Result<std::vector<std::string>> check_manifest(const gradus::Manifest* manifest,
                                                const std::string& kind, const std::string& name,
                                                const std::string& wanted_fingerprint) {
  const auto wanted = fingerprint_fields(wanted_fingerprint);
  if (manifest == nullptr) {
    return refuse("the alias of '" + name + "' points nowhere",
                  "register the class with GRADUS_MODEL, GRADUS_ACTIVATION or GRADUS_AUGMENTATION");
  }
  if (manifest->magic != kManifestMagic) {
    return refuse("the alias of '" + name + "' does not point to a plugin manifest",
                  "register the class with GRADUS_MODEL, GRADUS_ACTIVATION or GRADUS_AUGMENTATION");
  }
  if (manifest->abi != kAbi) {
    return refuse("the plugin has ABI " + std::to_string(manifest->abi) +
                      ", this Gradus wants ABI " + std::to_string(kAbi),
                  rebuild(wanted));
  }
  if (manifest->size != sizeof(Manifest)) {
    return refuse("the plugin's manifest has " + std::to_string(manifest->size) +
                      " bytes, this Gradus wants " + std::to_string(sizeof(Manifest)),
                  rebuild(wanted));
  }
  const auto text = bounded_text(manifest->fingerprint);
  const auto found = fingerprint_fields(text.value_or(""));
  std::vector<std::string> differences;
  for (const Field& entry : kFields) {
    const std::string is = field(found, entry.key), want = field(wanted, entry.key);
    if (is != want)
      differences.push_back(std::string(entry.title) + ": found " + is + ", wanted " + want);
  }
  if (!differences.empty()) {
    return refuse("the plugin was built differently: " + join(differences, "; "), rebuild(wanted));
  }
  if (manifest->create == nullptr || manifest->destroy == nullptr || manifest->name == nullptr ||
      manifest->version == nullptr) {
    return refuse("the plugin's manifest has an empty " +
                      std::string(manifest->create == nullptr    ? "create"
                                  : manifest->destroy == nullptr ? "destroy"
                                  : manifest->name == nullptr    ? "name"
                                                                 : "version"),
                  "use the SDK's macros instead of a manifest of your own");
  }
  const std::string is_kind = to_string(static_cast<PluginKind>(manifest->kind));
  if (is_kind != kind) {
    return refuse("'" + name + "' is of kind " + is_kind + ", wanted " + kind,
                  "register it with the macro of its kind");
  }
  if (const auto is_name = bounded_text(manifest->name); *is_name != name) {
    return refuse("the manifest behind '" + name + "' calls itself '" + *is_name + "'",
                  "use the SDK's macros instead of a manifest of your own");
  }
  std::vector<std::string> warnings;
  if (field(found, "compiler") != field(wanted, "compiler")) {
    warnings.push_back("the plugin was compiled with " + field(found, "compiler") +
                       ", the worker with " + field(wanted, "compiler"));
  }
  return warnings;
}

}  // namespace gradus::worker
