#pragma once

// How supervisor and worker talk.
//
// Theory of operation. Each worker has one pipe towards it and one from it. On a pipe there are
// only frames: 4 bytes length of the header, 8 bytes length of the payload (both little-endian), a
// JSON object of at most 64 KiB, then the payload's raw bytes. The header always has "type" and
// "nonce"; every other key belongs to the type (messages.hpp) and unknown ones are refused. Lengths
// are checked against the reader's caps before anything is allocated. What a worker sends is
// hostile: reading never throws and never trusts a size.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "framework/core/result.hpp"
#include "framework/record/plan.hpp"

namespace gradus {

inline constexpr std::size_t kMaxFrameHeader = 64 * 1024;
inline constexpr std::uint64_t kMaxFramePayload = std::uint64_t{1} << 30;

struct Frame {
  std::string type;
  std::string nonce;
  Json body = Json::object();  ///< the header without "type" and "nonce"
  std::vector<std::byte> payload;
};

/// Header and length bytes, without the payload.
std::string encode_frame_head(const std::string& type, const std::string& nonce, const Json& body,
                              std::uint64_t payload_size);

/// Incremental decoder: feed() bytes as they come, next() whole frames. After an error it stays in
/// error: the peer is out of step or hostile.
class FrameDecoder {
 public:
  explicit FrameDecoder(std::uint64_t payload_limit = kMaxFramePayload) : limit_(payload_limit) {}
  void feed(const std::byte* data, std::size_t size);
  /// A frame, nullopt (more bytes needed), or an error (submission's fault).
  Result<std::optional<Frame>> next();
  bool empty() const { return buffer_.size() == position_; }

 private:
  std::uint64_t limit_;
  std::vector<std::byte> buffer_;
  std::size_t position_ = 0;
  std::optional<Error> broken_;
};

/// One direction pair over two descriptors (not owned). Blocking, with a deadline.
class FrameChannel {
 public:
  FrameChannel(int read_fd, int write_fd, std::uint64_t payload_limit = kMaxFramePayload)
      : read_fd_(read_fd), write_fd_(write_fd), decoder_(payload_limit) {}
  using Deadline = std::optional<std::chrono::steady_clock::time_point>;

  Status send(const std::string& type, const std::string& nonce, const Json& body,
              const void* payload = nullptr, std::uint64_t payload_size = 0);
  /// nullopt: end of stream at a frame boundary. Error: broken frame, end inside one, or deadline
  /// passed (then error().where == "deadline").
  Result<std::optional<Frame>> receive(Deadline deadline = std::nullopt);
  int read_fd() const { return read_fd_; }

 private:
  int read_fd_, write_fd_;
  FrameDecoder decoder_;
};

}  // namespace gradus
