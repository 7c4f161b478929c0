#include "datasets/catalog/png.hpp"

#include <png.h>

#include "framework/core/text.hpp"

namespace gradus::datasets {
namespace {

/// libpng's simplified interface keeps its errors in here; freed on every way out.
struct Image {
  png_image png{};
  Image() { png.version = PNG_IMAGE_VERSION; }
  ~Image() { png_image_free(&png); }
  Image(const Image&) = delete;
  Image& operator=(const Image&) = delete;
};

std::string shape(std::int64_t width, std::int64_t height, std::int64_t channels) {
  return std::to_string(width) + " x " + std::to_string(height) + " pixels, " +
         (channels == 1 ? "8-bit grey" : "8-bit RGB");
}

std::string found_format(png_uint_32 format) {
  if ((format & PNG_FORMAT_FLAG_LINEAR) != 0) return "16-bit";
  if ((format & PNG_FORMAT_FLAG_COLORMAP) != 0) return "with a palette";
  if ((format & PNG_FORMAT_FLAG_ALPHA) != 0) return "with alpha";
  return (format & PNG_FORMAT_FLAG_COLOR) != 0 ? "8-bit RGB" : "8-bit grey";
}

}  // namespace

Result<std::vector<std::uint8_t>> decode_png(std::string_view png, std::int64_t width,
                                             std::int64_t height, std::int64_t channels,
                                             const std::string& where) {
  Image image;
  if (png_image_begin_read_from_memory(&image.png, png.data(), png.size()) == 0) {
    return user_error(where, "not a PNG picture: " + printable(image.png.message));
  }
  const png_uint_32 wanted = channels == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB;
  if (image.png.width != width || image.png.height != height || image.png.format != wanted) {
    return user_error(where, "a picture of " + std::to_string(image.png.width) + " x " +
                                 std::to_string(image.png.height) + " pixels, " +
                                 found_format(image.png.format) + "; wanted " +
                                 shape(width, height, channels));
  }
  std::vector<std::uint8_t> pixels(static_cast<std::size_t>(width * height * channels));
  if (png_image_finish_read(&image.png, nullptr, pixels.data(),
                            static_cast<png_int_32>(width * channels), nullptr) == 0) {
    return user_error(where, "a broken PNG picture: " + printable(image.png.message));
  }
  return pixels;
}

Result<std::string> encode_png(std::span<const std::uint8_t> pixels, std::int64_t width,
                               std::int64_t height, std::int64_t channels) {
  constexpr std::int64_t kLargest = 1 << 15;
  if (width < 1 || height < 1 || width > kLargest || height > kLargest ||
      (channels != 1 && channels != 3) ||
      pixels.size() != static_cast<std::size_t>(width * height * channels)) {
    return infrastructure_error("", "cannot draw " + std::to_string(pixels.size()) + " bytes as " +
                                        shape(width, height, channels));
  }
  Image image;
  image.png.width = static_cast<png_uint_32>(width);
  image.png.height = static_cast<png_uint_32>(height);
  image.png.format = channels == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB;
  // The largest size that these pixels can take; cut to what they took.
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(image.png);
  std::string png(size, '\0');
  if (png_image_write_to_memory(&image.png, png.data(), &size, 0, pixels.data(), 0, nullptr) == 0) {
    return infrastructure_error("", std::string("libpng: ") + image.png.message);
  }
  png.resize(size);
  return png;
}

}  // namespace gradus::datasets
