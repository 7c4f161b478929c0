#pragma once

#include <c10/util/Exception.h>

#include <boost/dll/alias.hpp>
#include <cstdint>
#include <cstring>
#include <exception>
#include <memory>
#include <string_view>
#include <type_traits>

#include "gradus/context.hpp"
#include "gradus/fingerprint.hpp"

// Theory of operation. A plugin library exports one pointer variable a plugin and nothing else:
// `gradus_model_NAME`, `gradus_activation_NAME` or `gradus_augmentation_NAME`, made by Boost.DLL's
// alias macro. It points to a constant Manifest. The loader reads the manifest's C-layout head
// before it calls anything, so that a library built against another SDK or LibTorch is refused with
// a sentence instead of a crash.

namespace gradus {

inline constexpr std::uint32_t kManifestMagic = 0x53445247;  // "GRDS" in memory
inline constexpr std::uint32_t kAbi = GRADUS_ABI;

enum class PluginKind : std::uint32_t { model = 1, activation = 2, augmentation = 3 };

constexpr const char* to_string(PluginKind kind) {
  switch (kind) {
    case PluginKind::model:
      return "model";
    case PluginKind::activation:
      return "activation";
    case PluginKind::augmentation:
      return "augmentation";
  }
  return "unknown";
}

/// Why create() returned null. C layout; the loader provides it.
struct CreateFailure {
  char message[1024];  ///< NUL-terminated; untrusted text
};

/// Describes one plugin. C layout; any change raises GRADUS_ABI.
struct Manifest {
  std::uint32_t magic, abi, size, kind;
  const char* fingerprint;  ///< GRADUS_FINGERPRINT of the plugin's build
  const char* name;
  const char* version;
  /// A new std::shared_ptr<Model|Activation|Augmentation>, owned by the caller and freed with
  /// destroy(); null with a message where the plugin's constructor threw.
  void* (*create)(const Context*, CreateFailure*) noexcept;
  void (*destroy)(void*) noexcept;
};
static_assert(std::is_standard_layout_v<Manifest> && sizeof(Manifest) == 56);

namespace detail {

inline void set_message(CreateFailure* failure, std::string_view text) noexcept {
  if (failure == nullptr) return;
  const std::size_t size =
      text.size() < sizeof(failure->message) ? text.size() : sizeof(failure->message) - 1;
  std::memcpy(failure->message, text.data(), size);
  failure->message[size] = '\0';
}

template <class Base, class Class>
void* create(const Context* context, CreateFailure* failure) noexcept {
  try {
    return new std::shared_ptr<Base>(std::make_shared<Class>(*context));
  } catch (const c10::Error& error) {
    set_message(failure, error.what_without_backtrace());
  } catch (const std::exception& error) {
    set_message(failure, error.what());
  } catch (...) {
    set_message(failure, "an exception that is not a std::exception");
  }
  return nullptr;
}

template <class Base>
void destroy(void* holder) noexcept {
  try {
    delete static_cast<std::shared_ptr<Base>*>(holder);
  } catch (...) {  // a destructor that throws must not take the worker with it
  }
}

template <class Base, class Class>
constexpr Manifest make_manifest(PluginKind kind, const char* name, const char* version) {
  static_assert(std::is_base_of_v<Base, Class>,
                "the registered class must derive publicly from gradus::Model, gradus::Activation "
                "or gradus::Augmentation, whichever its macro names");
  static_assert(!std::is_abstract_v<Class>,
                "the registered class must override forward() (apply() in an augmentation) with "
                "exactly the signature of its base class");
  static_assert(
      std::is_constructible_v<Class, const Context&>,
      "the registered class needs a public constructor that takes const gradus::Context&");
  return {kManifestMagic,     kAbi, sizeof(Manifest), static_cast<std::uint32_t>(kind),
          GRADUS_FINGERPRINT, name, version,          &create<Base, Class>,
          &destroy<Base>};
}

}  // namespace detail
}  // namespace gradus

// The manifest is a strong symbol of C linkage, hidden by the version script: registering one name
// twice in a library is a link error, where the alias alone (weak) would silently drop one of them.
#define GRADUS_PLUGIN_(Base, kind, Class, name, version)                                        \
  extern "C" {                                                                                  \
  extern const ::gradus::Manifest gradus_registered_##kind##_##name;                            \
  constinit const ::gradus::Manifest gradus_registered_##kind##_##name =                        \
      ::gradus::detail::make_manifest<Base, Class>(::gradus::PluginKind::kind, #name, version); \
  }                                                                                             \
  BOOST_DLL_ALIAS(gradus_registered_##kind##_##name, gradus_##kind##_##name)
