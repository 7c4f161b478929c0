#pragma once

#include <optional>
#include <string>

#include "framework/sandbox/sandbox.hpp"

namespace gradus::attacks {

/// A layer of the sandbox by the name that Attack::held_by has for it.
struct NamedLayer {
  const char* name;
  bool sandbox::Layers::*layer;
};
inline constexpr NamedLayer kLayers[] = {
    {"user", &sandbox::Layers::user},         {"namespaces", &sandbox::Layers::namespaces},
    {"landlock", &sandbox::Layers::landlock}, {"seccomp", &sandbox::Layers::seccomp},
    {"rlimits", &sandbox::Layers::rlimits},   {"watchdog", &sandbox::Layers::watchdog},
};

/// That layer and no other; nothing for an unknown name.
inline std::optional<sandbox::Layers> only(const std::string& name) {
  for (const auto& [known, layer] : kLayers) {
    if (name != known) continue;
    sandbox::Layers layers{false, false, false, false, false, false};
    layers.*layer = true;
    return layers;
  }
  return std::nullopt;
}

}  // namespace gradus::attacks
