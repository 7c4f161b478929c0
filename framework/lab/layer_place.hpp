#pragma once

#include <cstddef>
#include <optional>
#include <string>

namespace gradus::lab {

/// A layer by its rank: students call their layers what they like, so a lab can count them.
struct LayerPlace {
  bool linear = false;     ///< else a convolution
  std::size_t number = 1;  ///< from 1
};

/// "linear:1", "conv:2"; nothing for what is no such place, as a parameter's name (which has no
/// colon).
std::optional<LayerPlace> layer_place(const std::string& layer);

}  // namespace gradus::lab
