// What a worker may send: the decoder never crashes, never gives a frame beyond its caps, stays in
// error, and gives the same frames however the bytes arrive.

#include "framework/record/frame.hpp"
#include "framework/record/messages.hpp"
#include "framework/tests/fuzz/fuzz.hpp"

namespace {

using gradus::Frame;
using gradus::FrameDecoder;

constexpr std::uint64_t kPayload = 1 << 16;

/// All frames, then whether the stream broke.
std::pair<std::string, bool> decode(const std::byte* bytes, std::size_t size, std::size_t step) {
  FrameDecoder decoder(kPayload);
  std::string seen;
  for (std::size_t at = 0; at < size; at += step) {
    decoder.feed(bytes + at, std::min(step, size - at));
    for (;;) {
      const auto frame = decoder.next();
      if (!frame.ok()) {
        gradus::fuzz::require(!decoder.next().ok(), "a broken stream stays broken");
        return {seen, true};
      }
      if (!*frame) break;
      gradus::fuzz::require((*frame)->payload.size() <= kPayload, "payloads stay below the cap");
      gradus::fuzz::require((*frame)->body.is_object(), "a body is an object");
      seen += (*frame)->type + "|" + (*frame)->nonce + "|" +
              (*frame)->body.dump(-1, ' ', false, gradus::Json::error_handler_t::replace) + "\n";
    }
  }
  return {seen, false};
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto* bytes = reinterpret_cast<const std::byte*>(data);
  const auto whole = decode(bytes, size, std::max<std::size_t>(size, 1));
  const auto pieces = decode(bytes, size, 7);
  gradus::fuzz::require(whole == pieces, "frames do not depend on how their bytes arrive");
  return 0;
}
