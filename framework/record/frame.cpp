#include "framework/record/frame.hpp"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace gradus {
namespace {

constexpr std::size_t kLengths = 12;

Error broken(const std::string& what) {
  return submission_error("frame", what,
                          "a worker must send nothing but frames on its descriptors");
}

template <class T>
T little_endian(const std::byte* bytes) {
  T value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i) {
    value = static_cast<T>(value |
                           (static_cast<T>(std::to_integer<std::uint8_t>(bytes[i])) << (8 * i)));
  }
  return value;
}

// The decoder of nlohmann::json recurses by depth of nesting; 64 KiB of '[' must not reach it.
bool too_deep(const char* text, std::size_t size) {
  constexpr int kDeepest = 32;
  int depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < size; ++i) {
    const char c = text[i];
    if (quoted) {
      if (c == '\\')
        ++i;
      else if (c == '"')
        quoted = false;
    } else if (c == '"') {
      quoted = true;
    } else if (c == '{' || c == '[') {
      if (++depth > kDeepest) return true;
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return false;
}

Status write_all(int fd, const char* data, std::uint64_t size) {
  while (size > 0) {
    const ssize_t written = ::write(fd, data, size);
    if (written < 0) {
      if (errno == EINTR) continue;
      if (errno == EAGAIN) {
        pollfd polled{fd, POLLOUT, 0};
        ::poll(&polled, 1, -1);
        continue;
      }
      return system_error("frame", "cannot send", errno);
    }
    data += written;
    size -= static_cast<std::uint64_t>(written);
  }
  return {};
}

}  // namespace

std::string encode_frame_head(const std::string& type, const std::string& nonce, const Json& body,
                              std::uint64_t payload_size) {
  Json header = body;
  header["type"] = type;
  header["nonce"] = nonce;
  const std::string text = header.dump(-1, ' ', false, Json::error_handler_t::replace);
  std::string out;
  for (unsigned i = 0; i < 4; ++i) out += static_cast<char>((text.size() >> (8 * i)) & 255U);
  for (unsigned i = 0; i < 8; ++i) out += static_cast<char>((payload_size >> (8 * i)) & 255U);
  return out + text;
}

void FrameDecoder::feed(const std::byte* data, std::size_t size) {
  if (position_ > 0 && position_ * 2 > buffer_.size()) {
    buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(position_));
    position_ = 0;
  }
  buffer_.insert(buffer_.end(), data, data + size);
}

Result<std::optional<Frame>> FrameDecoder::next() {
  if (broken_) return *broken_;
  const auto fail = [&](const std::string& what) -> Error {
    broken_ = broken(what);
    return *broken_;
  };
  const std::size_t available = buffer_.size() - position_;
  if (available < kLengths) return std::optional<Frame>{};
  const std::byte* start = buffer_.data() + position_;
  const auto header_size = little_endian<std::uint32_t>(start);
  const auto payload_size = little_endian<std::uint64_t>(start + 4);
  if (header_size > kMaxFrameHeader) {
    return fail("a header of " + std::to_string(header_size) + " bytes, at most " +
                std::to_string(kMaxFrameHeader) + " are allowed");
  }
  if (payload_size > limit_) {
    return fail("a payload of " + std::to_string(payload_size) + " bytes, at most " +
                std::to_string(limit_) + " are allowed");
  }
  if (available < kLengths + header_size + payload_size) return std::optional<Frame>{};
  const char* text = reinterpret_cast<const char*>(start + kLengths);
  if (too_deep(text, header_size)) return fail("a header nested too deeply");
  Json header = Json::parse(text, text + header_size, nullptr, false);
  if (!header.is_object()) return fail("a header that is not a JSON object");
  Frame frame;
  for (const auto& [key, target] :
       {std::pair{"type", &frame.type}, std::pair{"nonce", &frame.nonce}}) {
    if (!header.contains(key) || !header[key].is_string()) {
      return fail(std::string("a header without the text \"") + key + "\"");
    }
    *target = header[key].get<std::string>();
    header.erase(key);
  }
  frame.body = std::move(header);
  const std::byte* payload = start + kLengths + header_size;
  frame.payload.assign(payload, payload + payload_size);
  position_ += kLengths + header_size + static_cast<std::size_t>(payload_size);
  if (position_ == buffer_.size()) {
    buffer_.clear();
    position_ = 0;
  }
  return std::optional<Frame>(std::move(frame));
}

Status FrameChannel::send(const std::string& type, const std::string& nonce, const Json& body,
                          const void* payload, std::uint64_t payload_size) {
  const std::string head = encode_frame_head(type, nonce, body, payload_size);
  if (head.size() > kMaxFrameHeader + kLengths) {
    return infrastructure_error("frame", "the header of '" + type + "' is longer than 64 KiB");
  }
  GRADUS_CHECK(write_all(write_fd_, head.data(), head.size()));
  return write_all(write_fd_, static_cast<const char*>(payload), payload_size);
}

Result<std::optional<Frame>> FrameChannel::receive(Deadline deadline) {
  static constexpr std::size_t kChunk = std::size_t{1} << 18;
  std::vector<std::byte> buffer(kChunk);
  for (;;) {
    GRADUS_TRY(std::optional<Frame> frame, decoder_.next());
    if (frame) return frame;
    int wait_ms = -1;
    if (deadline) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
                            *deadline - std::chrono::steady_clock::now())
                            .count();
      if (left <= 0) return submission_error("deadline", "no answer in time");
      wait_ms = static_cast<int>(std::min<std::int64_t>(left, 60'000));
    }
    pollfd polled{read_fd_, POLLIN, 0};
    const int ready = ::poll(&polled, 1, wait_ms);
    if (ready == 0 || (ready < 0 && errno == EINTR)) continue;
    const ssize_t count = ::read(read_fd_, buffer.data(), buffer.size());
    if (count < 0) {
      if (errno == EINTR || errno == EAGAIN) continue;
      return system_error("frame", "cannot receive", errno);
    }
    if (count == 0) {
      if (decoder_.empty()) return std::optional<Frame>{};
      return broken("the stream ended inside a frame");
    }
    decoder_.feed(buffer.data(), static_cast<std::size_t>(count));
  }
}

}  // namespace gradus
