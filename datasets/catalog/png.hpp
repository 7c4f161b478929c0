#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "framework/core/result.hpp"

namespace gradus::datasets {

/// Pixels of an 8-bit PNG without alpha or palette, row-major, channels (1 or 3) interleaved.
/// `where` names it in errors (user): broken, or not of exactly this width, height and channels;
/// both are checked before memory is taken.
Result<std::vector<std::uint8_t>> decode_png(std::string_view png, std::int64_t width,
                                             std::int64_t height, std::int64_t channels,
                                             const std::string& where);

/// The other way; the same pixels always give the same bytes. channels: 1 or 3.
Result<std::string> encode_png(std::span<const std::uint8_t> pixels, std::int64_t width,
                               std::int64_t height, std::int64_t channels);

}  // namespace gradus::datasets
