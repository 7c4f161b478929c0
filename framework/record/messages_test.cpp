#include "framework/record/messages.hpp"

#include <gtest/gtest.h>

#include <cstring>

#include "framework/core/files.hpp"

namespace gradus {
namespace {

Frame frame(const std::string& type, const Json& body, std::size_t payload = 0) {
  return {type, "n", body, std::vector<std::byte>(payload)};
}

TEST(Messages, AcceptWhatTheProtocolSays) {
  EXPECT_TRUE(check_message(frame("end", Json::object())).ok());
  EXPECT_TRUE(check_message(frame("logits", {{"shape", {2, 10}}, {"dtype", "float32"}}, 80)).ok());
  EXPECT_TRUE(
      check_message(frame("verdict", {{"epoch", 1}, {"val_accuracy", nullptr}, {"stop", false}}))
          .ok());
  EXPECT_TRUE(
      check_message(
          frame("verdict", {{"epoch", 1}, {"val_accuracy", 0.5}, {"stop", false}, {"rate", 0.1}}))
          .ok());
  EXPECT_TRUE(check_message(frame("apply", {{"to", "activation"}, {"shape", {2, 3}}}, 24)).ok());
  EXPECT_TRUE(check_message(frame("apply",
                                  {{"to", "augmentation"},
                                   {"shape", {1, 1, 2, 2}},
                                   {"seed", 5},
                                   {"epoch", 1},
                                   {"step", 0},
                                   {"indices", {17}}},
                                  16))
                  .ok());
  EXPECT_TRUE(
      check_message(
          frame("measured",
                {{"seq", 1}, {"epoch", 0}, {"probe", "gradients"}, {"figures", {{"rms", {0.1}}}}}))
          .ok());
  EXPECT_TRUE(check_message(frame("start", {{"role", "trainer"},
                                            {"plan", Json::object()},
                                            {"checkpoints", true},
                                            {"resume", 3}}))
                  .ok());
}

TEST(Messages, RefuseUnknownTypesKeysWrongValuesAndPayloads) {
  for (const Frame& bad : std::vector<Frame>{
           frame("score", {{"points", 100}}),
           frame("end", {{"points", 100}}),
           frame("end", Json::object(), 1),
           frame("logits", {{"shape", {2, 10}}}),
           frame("logits", {{"shape", {2, -1}}, {"dtype", "float32"}}),
           frame("logits", {{"shape", {2, 1e300}}, {"dtype", "float32"}}),
           frame("logits", {{"shape", "2"}, {"dtype", "float32"}}),
           frame("diverged", {{"seq", -1}, {"epoch", 1}, {"step", 1}}),
           frame("diverged", {{"seq", 1.5}, {"epoch", 1}, {"step", 1}}),
           frame("applied", {{"shape", {2, 3}}}, 24),
           frame("applied", {{"shape", {-2, 3}}, {"dtype", "float32"}}, 24),
           frame("applied", {{"shape", std::vector<int>(17, 1)}, {"dtype", "float32"}}, 4),
           frame("apply", {{"to", "activation"}, {"shape", {1}}, {"indices", {-1}}}, 4),
           frame("apply",
                 {{"to", "augmentation"}, {"shape", {1}}, {"indices", std::vector<int>(2000)}}, 4),
           frame("measured", {{"seq", 1}, {"epoch", 0}, {"probe", "gradients"}, {"figures", 3}}),
           frame("measured", {{"seq", 1}, {"epoch", 0}, {"probe", 7}, {"figures", Json::object()}}),
           frame("verdict", {{"epoch", 1}, {"val_accuracy", "1"}, {"stop", false}}),
           frame("verdict",
                 {{"epoch", 1}, {"val_accuracy", 1.0}, {"stop", false}, {"rate", "half"}}),
           frame("start", {{"role", "trainer"}, {"plan", Json::object()}, {"resume", -1}}),
           frame("start", {{"role", "trainer"}, {"plan", Json::object()}, {"checkpoints", 1}}),
       }) {
    EXPECT_FALSE(check_message(bad).ok()) << bad.type << " " << bad.body;
  }
}

// Sends weights through a pipe (small enough for its buffer) and receives them.
class Handover : public ::testing::Test {
 protected:
  void SetUp() override {
    auto made = make_pipe();
    ASSERT_TRUE(made.ok());
    pipe = std::move(*made);
    weights = {"epoch",
               3,
               {{"w", "parameter", "float32", {2, 2}, std::vector<std::byte>(16, std::byte{1})},
                {"n", "buffer", "int64", {}, std::vector<std::byte>(8, std::byte{2})}},
               ""};
  }
  Result<Weights> receive(const WeightLimits& limits = {}) {
    FrameChannel channel(pipe.read.get(), -1);
    auto begin = channel.receive();
    if (!begin.ok()) return begin.error();
    return receive_weights(channel, **begin, limits);
  }
  FrameChannel sender() { return FrameChannel(-1, pipe.write.get()); }
  Pipe pipe;
  Weights weights;
};

TEST_F(Handover, BringsEveryTensorAndItsHash) {
  auto channel = sender();
  ASSERT_TRUE(send_weights(channel, "n", weights, 5).ok());
  const auto got = receive();
  ASSERT_TRUE(got.ok()) << got.error().text();
  EXPECT_EQ(got->at, "epoch");
  EXPECT_EQ(got->epoch, 3);
  ASSERT_EQ(got->tensors.size(), 2U);
  EXPECT_EQ(got->tensors[0].bytes, weights.tensors[0].bytes);
  EXPECT_EQ(got->tensors[1].count(), 1);
  EXPECT_EQ(got->sha256.size(), 64U);
}

TEST_F(Handover, CapsAreCheckedBeforeTensorsArrive) {
  auto channel = sender();
  ASSERT_TRUE(send_weights(channel, "n", weights).ok());
  EXPECT_FALSE(receive({1, 1000}).ok());
}

TEST_F(Handover, RefusesBytesThatDoNotFitTheShape) {
  weights.tensors[0].shape = {2, 3};
  auto channel = sender();
  ASSERT_TRUE(send_weights(channel, "n", weights).ok());
  EXPECT_FALSE(receive().ok());
}

TEST_F(Handover, AStateHoldsNoWeightsAndWeightsNoState) {
  auto channel = sender();
  ASSERT_TRUE(send_weights(channel, "n", weights).ok());
  EXPECT_TRUE(receive().ok());
  weights.at = "state";
  ASSERT_TRUE(send_weights(channel, "n", weights).ok());
  EXPECT_FALSE(receive().ok());
}

TEST_F(Handover, AStateIsOfItsOwnKind) {
  auto channel = sender();
  for (Tensor& tensor : weights.tensors) tensor.kind = "optimizer";
  weights.at = "state";
  ASSERT_TRUE(send_weights(channel, "n", weights).ok());
  EXPECT_TRUE(receive().ok());
  weights.at = "epoch";
  ASSERT_TRUE(send_weights(channel, "n", weights).ok());
  EXPECT_FALSE(receive().ok());
}

TEST_F(Handover, RefusesAWrongHashAndAWrongNonce) {
  auto channel = sender();
  const Json begin = {{"at", "init"}, {"epoch", 0}, {"count", 0}};
  ASSERT_TRUE(channel.send("weights_begin", "n", begin).ok());
  ASSERT_TRUE(channel.send("weights_end", "n", {{"count", 0}, {"sha256", "forged"}}).ok());
  EXPECT_NE(receive().error().what.find("sha256"), std::string::npos);
  ASSERT_TRUE(channel.send("weights_begin", "n", begin).ok());
  ASSERT_TRUE(channel.send("weights_end", "other", {{"count", 0}, {"sha256", "x"}}).ok());
  EXPECT_NE(receive().error().what.find("nonce"), std::string::npos);
}

TEST_F(Handover, AnOverflowingShapeIsRefused) {
  auto channel = sender();
  ASSERT_TRUE(
      channel.send("weights_begin", "n", {{"at", "init"}, {"epoch", 0}, {"count", 1}}).ok());
  ASSERT_TRUE(channel
                  .send("tensor", "n",
                        {{"name", "w"},
                         {"kind", "parameter"},
                         {"dtype", "float32"},
                         {"shape", {2147483647, 2147483647, 2147483647}}})
                  .ok());
  EXPECT_FALSE(receive().ok());
}

TEST(Nonce, IsFreshEveryTime) {
  EXPECT_EQ(fresh_nonce().size(), 32U);
  EXPECT_NE(fresh_nonce(), fresh_nonce());
}

}  // namespace
}  // namespace gradus
