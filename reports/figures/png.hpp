#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "framework/core/result.hpp"

namespace gradus::reports {

/// An 8-bit picture as a PNG file in memory; channels 1 (grey) or 3 (RGB). `pixels` holds
/// [height, width, channels]. Equal pixels give equal bytes with one libpng and zlib.
Result<std::string> encode_png(std::span<const std::uint8_t> pixels, std::int64_t height,
                               std::int64_t width, std::int64_t channels);
std::string base64(std::string_view bytes);

}  // namespace gradus::reports
