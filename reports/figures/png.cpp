#include "reports/figures/png.hpp"

#include <png.h>

namespace gradus::reports {

Result<std::string> encode_png(std::span<const std::uint8_t> pixels, std::int64_t height,
                               std::int64_t width, std::int64_t channels) {
  const bool fits = height > 0 && width > 0 && (channels == 1 || channels == 3) &&
                    pixels.size() == static_cast<std::size_t>(height * width * channels);
  if (!fits) {
    return infrastructure_error("png", "found a picture whose size does not match its shape",
                                "report this as a bug");
  }
  png_image image = {};
  image.version = PNG_IMAGE_VERSION;
  image.width = static_cast<png_uint_32>(width);
  image.height = static_cast<png_uint_32>(height);
  image.format = channels == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB;
  std::string file(PNG_IMAGE_PNG_SIZE_MAX(image), '\0');
  png_alloc_size_t size = file.size();
  if (png_image_write_to_memory(&image, file.data(), &size, 0, pixels.data(), 0, nullptr) == 0) {
    return infrastructure_error("png", std::string("libpng: ") + image.message);
  }
  file.resize(size);
  return file;
}

std::string base64(std::string_view bytes) {
  static constexpr char kAlphabet[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    const std::size_t left = bytes.size() - at;
    std::uint32_t word = 0;
    for (std::size_t i = 0; i < 3; ++i) {
      word = (word << 8) | (i < left ? static_cast<unsigned char>(bytes[at + i]) : 0U);
    }
    for (std::size_t i = 0; i < 4; ++i) {
      text += i <= left ? kAlphabet[(word >> (18 - 6 * i)) & 63U] : '=';
    }
  }
  return text;
}

}  // namespace gradus::reports
