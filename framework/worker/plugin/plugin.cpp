#include "framework/worker/plugin/plugin.hpp"

#include <boost/dll/shared_library.hpp>
#include <cstring>
#include <type_traits>

#include "framework/core/text.hpp"
#include "framework/worker/plugin/handshake.hpp"
#include "framework/worker/plugin/inspect.hpp"

namespace gradus::worker {
namespace {

constexpr const char* kLoad = "LOAD_FAILED load";
constexpr const char* kConstruct = "LOAD_FAILED construct";

std::string macro(const std::string& kind) {
  std::string upper = kind;
  for (char& letter : upper) letter = static_cast<char>(letter & ~0x20);
  return "GRADUS_" + upper;
}

/// The plugin is listed and nothing speaks against loading its library.
Status check_listed(const Inspection& found, const std::string& kind, const std::string& name) {
  if (!found.problems.empty()) {
    return submission_error(kLoad, join(found.problems, "; "),
                            "build it with gradus_add_plugin(), or submit the sources");
  }
  if (found.plugins.empty()) {
    return submission_error(
        kLoad, "the library registers no plugin",
        "add " + macro(kind) + "(YourClass, " + name + ", \"1.0\") after the class");
  }
  std::vector<std::string> names;
  for (const Listed& plugin : found.plugins) {
    if (plugin == Listed{kind, name}) return {};
    if (plugin.kind == kind) names.push_back(plugin.name);
  }
  const std::string near = nearest(name, names);
  return submission_error(
      kLoad, "the library has no " + kind + " '" + name + "'; it has: " + to_text(found.plugins),
      near.empty() ? "register it with " + macro(kind) + "(YourClass, " + name + ", \"1.0\")"
                   : "did you mean '" + near + "'?");
}

/// create() through the C interface, and the object out of its holder.
template <class Base>
Result<std::shared_ptr<Base>> create(const Manifest& manifest, PluginKind kind,
                                     const std::string& name, const Context& context) {
  if (manifest.kind != static_cast<std::uint32_t>(kind)) {
    return submission_error(kConstruct,
                            "'" + name + "' is of kind " +
                                to_string(static_cast<PluginKind>(manifest.kind)) + ", wanted " +
                                to_string(kind),
                            "name a plugin of that kind in the lab");
  }
  CreateFailure failure{};
  void* const holder = manifest.create(&context, &failure);
  if (holder == nullptr) {
    failure.message[sizeof(failure.message) - 1] = '\0';
    std::string text = failure.message;
    text.resize(std::min(text.size(), text.find("\nException raised from")));
    return submission_error(kConstruct,
                            "the constructor of " + std::string(to_string(kind)) + " '" + name +
                                "' threw: " + (text.empty() ? "nothing that says why" : text),
                            "construct the class with this lab's image size and options in a test");
  }
  std::shared_ptr<Base> object = std::move(*static_cast<std::shared_ptr<Base>*>(holder));
  manifest.destroy(holder);
  if (!object) {
    return submission_error(kConstruct, "'" + name + "' made a null object",
                            "use the SDK's macros instead of a manifest of your own");
  }
  return object;
}

}  // namespace

Result<Plugin> Plugin::open(const std::filesystem::path& library, const std::string& kind,
                            const std::string& name) {
  GRADUS_TRY(const Inspection found, inspect(library));
  GRADUS_CHECK(check_listed(found, kind, name));
  try {
    // Leaked on purpose: whatever this library made may be used until the process ends.
    auto* const handle = new boost::dll::shared_library(
        library, boost::dll::load_mode::rtld_now | boost::dll::load_mode::rtld_local);
    Plugin plugin;
    plugin.manifest_ = handle->get<const Manifest*>("gradus_" + kind + "_" + name);
    GRADUS_TRY(plugin.warnings_, check_manifest(plugin.manifest_, kind, name, GRADUS_FINGERPRINT));
    plugin.library_ = library.string();
    plugin.name_ = name;
    plugin.version_ =
        std::string(plugin.manifest_->version, strnlen(plugin.manifest_->version, 64));
    return plugin;
  } catch (const std::exception& error) {
    // Boost's text holds dlerror()'s: "… undefined symbol: _Z3foov".
    return submission_error(kLoad, std::string("the library cannot be loaded: ") + error.what(),
                            "link it with -Wl,--no-undefined (gradus_add_plugin() does)");
  } catch (...) {
    return submission_error(kLoad, "a static constructor of the library threw",
                            "do no work before the plugin's own constructor is called");
  }
}

Result<std::shared_ptr<Model>> Plugin::create_model(const Context& context) const {
  return create<Model>(*manifest_, PluginKind::model, name_, context);
}

Result<std::shared_ptr<Activation>> Plugin::create_activation(const Context& context) const {
  return create<Activation>(*manifest_, PluginKind::activation, name_, context);
}

Result<std::shared_ptr<Augmentation>> Plugin::create_augmentation(const Context& context) const {
  return create<Augmentation>(*manifest_, PluginKind::augmentation, name_, context);
}

}  // namespace gradus::worker
