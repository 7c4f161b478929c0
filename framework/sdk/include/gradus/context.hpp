#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "gradus/options.hpp"

namespace gradus {

class Activation;

/// What a plugin is built for. A model reads the image size and the number of classes from here
/// instead of hard-coding them, and asks here for the activation that the lab names.
struct Context {
  std::int64_t channels = 3;  ///< C of the input [N, C, H, W]
  std::int64_t height = 32;   ///< H in pixels
  std::int64_t width = 32;    ///< W in pixels
  std::int64_t classes = 10;  ///< K of the logits [N, K]
  Options options;            ///< the plugin's own options from the lab

  /// Makes activations; set by the framework. Empty: ReLU.
  std::function<std::shared_ptr<Activation>()> activation_factory;

  /// A new activation of the kind that the lab names (ReLU where it names none). Each call makes
  /// another one, because an activation may hold parameters: register each with register_module().
  /// Defined in gradus/activation.hpp.
  std::shared_ptr<Activation> activation() const;
};

}  // namespace gradus
