#include "framework/record/frame.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <thread>

#include "framework/core/files.hpp"

namespace gradus {
namespace {

std::vector<std::byte> bytes(std::string_view text) {
  const auto* data = reinterpret_cast<const std::byte*>(text.data());
  return {data, data + text.size()};
}

std::string lengths(std::uint64_t header, std::uint64_t payload) {
  std::string out;
  for (unsigned i = 0; i < 4; ++i) out += static_cast<char>((header >> (8 * i)) & 255U);
  for (unsigned i = 0; i < 8; ++i) out += static_cast<char>((payload >> (8 * i)) & 255U);
  return out;
}

Result<std::optional<Frame>> decode(const std::string& text, std::uint64_t limit = 1000) {
  FrameDecoder decoder(limit);
  const auto raw = bytes(text);
  decoder.feed(raw.data(), raw.size());
  return decoder.next();
}

TEST(Frame, SurvivesBeingFedByteByByte) {
  const std::string text = encode_frame_head("logits", "n1", {{"shape", {1, 2}}}, 3) + "abc" +
                           encode_frame_head("end", "n2", Json::object(), 0);
  FrameDecoder decoder;
  std::vector<Frame> frames;
  for (const std::byte byte : bytes(text)) {
    decoder.feed(&byte, 1);
    auto next = decoder.next();
    ASSERT_TRUE(next.ok());
    if (*next) frames.push_back(**next);
  }
  ASSERT_EQ(frames.size(), 2U);
  EXPECT_EQ(frames[0].type, "logits");
  EXPECT_EQ(frames[0].nonce, "n1");
  EXPECT_EQ(frames[0].body, Json({{"shape", {1, 2}}}));
  EXPECT_EQ(frames[0].payload, bytes("abc"));
  EXPECT_EQ(frames[1].type, "end");
  EXPECT_TRUE(decoder.empty());
}

TEST(Frame, RefusesLengthsBeyondItsCapsWithoutWaitingForTheBytes) {
  EXPECT_FALSE(decode(lengths(kMaxFrameHeader + 1, 0)).ok());
  EXPECT_FALSE(decode(lengths(2, 1001)).ok());
  EXPECT_FALSE(decode(lengths(2, ~std::uint64_t{0})).ok());
}

TEST(Frame, RefusesHeadersThatAreNotAnObjectWithTypeAndNonce) {
  for (const std::string& header :
       std::vector<std::string>{"", "[]", "{", "1", R"({"type":"x"})", R"({"nonce":"x"})",
                                R"({"type":1,"nonce":"x"})"}) {
    EXPECT_FALSE(decode(lengths(header.size(), 0) + header).ok()) << header;
  }
}

TEST(Frame, RefusesDeepNestingInsteadOfRecursing) {
  const std::string header = R"({"type":"x","nonce":"y","a":)" + std::string(60'000, '[');
  const auto decoded = decode(lengths(header.size(), 0) + header);
  ASSERT_FALSE(decoded.ok());
  EXPECT_NE(decoded.error().what.find("deep"), std::string::npos);
}

TEST(Frame, StaysBrokenOnceBroken) {
  FrameDecoder decoder(10);
  const auto bad = bytes(lengths(kMaxFrameHeader + 1, 0));
  decoder.feed(bad.data(), bad.size());
  EXPECT_FALSE(decoder.next().ok());
  const auto good = bytes(encode_frame_head("end", "n", Json::object(), 0));
  decoder.feed(good.data(), good.size());
  EXPECT_FALSE(decoder.next().ok());
}

TEST(FrameChannel, CarriesLargePayloadsAndEndsAtABoundary) {
  auto pipe = make_pipe();
  ASSERT_TRUE(pipe.ok());
  const std::vector<std::byte> payload(3'000'000, std::byte{7});
  std::thread writer([&] {
    FrameChannel channel(-1, pipe->write.get());
    EXPECT_TRUE(channel.send("tensor", "n", {{"name", "w"}}, payload.data(), payload.size()).ok());
    pipe->write.reset();
  });
  FrameChannel channel(pipe->read.get(), -1);
  const auto frame = channel.receive();
  const auto end = channel.receive();
  writer.join();
  ASSERT_TRUE(frame.ok());
  ASSERT_TRUE(frame->has_value());
  EXPECT_EQ((*frame)->payload, payload);
  ASSERT_TRUE(end.ok());
  EXPECT_FALSE(end->has_value());
}

TEST(FrameChannel, AnEndInsideAFrameIsAnError) {
  auto pipe = make_pipe();
  ASSERT_TRUE(pipe.ok());
  const std::string text = encode_frame_head("end", "n", Json::object(), 5) + "abc";
  ASSERT_EQ(::write(pipe->write.get(), text.data(), text.size()),
            static_cast<ssize_t>(text.size()));
  pipe->write.reset();
  EXPECT_FALSE(FrameChannel(pipe->read.get(), -1).receive().ok());
}

TEST(FrameChannel, APassedDeadlineIsAnErrorOfItsOwn) {
  auto pipe = make_pipe();
  ASSERT_TRUE(pipe.ok());
  const auto frame = FrameChannel(pipe->read.get(), -1).receive(std::chrono::steady_clock::now());
  ASSERT_FALSE(frame.ok());
  EXPECT_EQ(frame.error().where, "deadline");
}

}  // namespace
}  // namespace gradus
