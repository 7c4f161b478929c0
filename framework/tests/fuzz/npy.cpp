// A .npy file from anywhere: refused, or read as an array whose bytes are those of its shape, and
// which survives being written again.

#include "framework/record/npy.hpp"
#include "framework/tests/fuzz/fuzz.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gradus;
  const auto array = read_npy(fuzz::as_file("a.npy", data, size), 1 << 20);
  if (!array.ok()) {
    fuzz::require(!array.error().what.empty(), "an error says what is wrong");
    return 0;
  }
  std::size_t bytes = array->dtype == "uint8" ? 1 : array->dtype == "float32" ? 4 : 8;
  for (const std::int64_t side : array->shape) {
    fuzz::require(side >= 0, "no side is negative");
    bytes *= static_cast<std::size_t>(side);
  }
  fuzz::require(array->bytes.size() == bytes, "as many bytes as the shape says");
  const auto copy = fuzz::scratch() / "b.npy";
  fuzz::require(write_npy(copy, array->dtype, array->shape, array->bytes).ok(), "it can be written");
  const auto back = read_npy(copy, 1 << 20);
  fuzz::require(back.ok() && back->dtype == array->dtype && back->shape == array->shape &&
                    back->bytes == array->bytes,
                "it survives the round trip");
  return 0;
}
