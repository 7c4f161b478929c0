#include "framework/worker/device/recorder.hpp"

#include <ATen/CPUGeneratorImpl.h>
#include <gtest/gtest.h>
#include <torch/types.h>

namespace gradus::worker {
namespace {

/// A device that only counts; `refusal`: why it records nothing.
class Counting : public Device {
 public:
  struct Tape : StepGraph {
    explicit Tape(Counting& owner) : owner(owner) {}
    std::string capture(const std::function<std::string()>& step) override {
      ++owner.captures;
      const std::string said = step();
      return said.empty() ? owner.refusal : said;
    }
    void replay() override { ++owner.replays; }
    Counting& owner;
  };
  c10::Device place() const override { return c10::Device(c10::kCUDA, 0); }
  std::map<std::string, std::string> facts() const override { return {}; }
  void seed(std::uint64_t) override {}
  void fill(const FillJob&) override {}
  void tally(const float*, const std::int64_t*, std::int64_t, Cursor*) override {}
  void update(const UpdateJob&, std::span<const UpdateTensor>) override {}
  void advance(Cursor*) override {}
  std::unique_ptr<StepGraph> graph() override { return std::make_unique<Tape>(*this); }

  std::string refusal;
  int captures = 0, replays = 0;
};

constexpr StepShape kFull{128, 32, 32}, kLast{72, 32, 32};

struct Recording : testing::Test {
  StepRecorder make(bool on = true) {
    return StepRecorder(
        device, on,
        [this] {
          ++steps;
          during();
          return said;
        },
        [this] { return places; });
  }
  Counting device;
  int steps = 0;
  Status said;
  std::function<void()> during = [] {};
  StepRecorder::Addresses places = {&device};
};

TEST_F(Recording, StepsPlainlyThenRecordsEachShapeAndReplays) {
  StepRecorder recorder = make();
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(recorder.take(kFull).ok());
  EXPECT_EQ(steps, 4) << "three plain steps and the one that is written down";
  EXPECT_EQ(device.captures, 1);
  EXPECT_EQ(device.replays, 7);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(recorder.take(kLast).ok());
  EXPECT_EQ(device.captures, 2);
  EXPECT_EQ(recorder.replayed(), 9);
  EXPECT_EQ(recorder.reason(), "");
}

TEST_F(Recording, IsLeftOutWhereItIsNotWanted) {
  StepRecorder recorder = make(false);
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(recorder.take(kFull).ok());
  EXPECT_EQ(steps, 10);
  EXPECT_EQ(device.captures, 0);
  EXPECT_EQ(recorder.reason(), "") << "nobody asked";
}

TEST_F(Recording, FallsBackAndKeepsTheReason) {
  device.refusal = "operation not permitted when stream is capturing";
  StepRecorder recorder = make();
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(recorder.take(kFull).ok());
  EXPECT_EQ(steps, 11) << "ten that count and the one that could not be recorded";
  EXPECT_EQ(device.captures, 1) << "it is not tried again";
  EXPECT_EQ(device.replays, 0);
  EXPECT_EQ(recorder.reason(), device.refusal);
}

TEST_F(Recording, IsGivenUpForNumbersThatAreDrawnOnTheCpu) {
  during = [] { torch::rand({1}); };
  StepRecorder recorder = make();
  for (int i = 0; i < 6; ++i) ASSERT_TRUE(recorder.take(kFull).ok());
  EXPECT_EQ(device.captures, 0);
  EXPECT_NE(recorder.reason().find("random numbers on the CPU"), std::string::npos);
}

// State in C++ that a recorded step would freeze as it was.
TEST_F(Recording, IsGivenUpForOperationsThatDifferFromStepToStep) {
  during = [this] {
    if (steps % 2 == 0) torch::ones({2});
  };
  StepRecorder recorder = make();
  for (int i = 0; i < 6; ++i) ASSERT_TRUE(recorder.take(kFull).ok());
  EXPECT_EQ(device.captures, 0);
  EXPECT_EQ(steps, 6);
  EXPECT_NE(recorder.reason().find("the same operations in each step"), std::string::npos);
}

TEST_F(Recording, IsGivenUpForASizeOrAFactorThatIsNewWhileItIsRecorded) {
  const std::function<void()> odd[] = {[this] { torch::ones({steps == 4 ? 3 : 2}); },
                                       [this] { torch::ones({2}).mul_(steps == 4 ? 0.5 : 0.6); }};
  for (const auto& one : odd) {
    steps = device.captures = 0;
    during = one;
    StepRecorder recorder = make();
    for (int i = 0; i < 6; ++i) ASSERT_TRUE(recorder.take(kFull).ok());
    EXPECT_EQ(device.captures, 1);
    EXPECT_EQ(device.replays, 0);
    EXPECT_NE(recorder.reason().find("the same operations in each step"), std::string::npos);
  }
}

TEST_F(Recording, WhatTheVeryFirstStepDoesBesidesIsNoDifference) {
  during = [this] {
    torch::Tensor weight = torch::ones({2}, torch::requires_grad());
    weight.mul(2).sum().backward();
    if (steps == 1) torch::ones({2});
  };
  StepRecorder recorder = make();
  for (int i = 0; i < 6; ++i) ASSERT_TRUE(recorder.take(kFull).ok());
  EXPECT_EQ(recorder.reason(), "");
  EXPECT_EQ(device.replays, 3);
  // Where an epoch has two steps, a whole batch and a smaller one.
  steps = 0;
  StepRecorder other = make();
  for (int i = 0; i < 4; ++i) {
    ASSERT_TRUE(other.take(kFull).ok());
    ASSERT_TRUE(other.take(kLast).ok());
  }
  EXPECT_EQ(other.reason(), "");
  EXPECT_EQ(other.replayed(), 5);
}

TEST_F(Recording, IsGivenUpForParametersThatMove) {
  during = [this] { places.push_back(&steps); };
  StepRecorder recorder = make();
  for (int i = 0; i < 6; ++i) ASSERT_TRUE(recorder.take(kFull).ok());
  EXPECT_EQ(device.captures, 0);
  EXPECT_NE(recorder.reason().find("exchanges the memory"), std::string::npos);
}

TEST_F(Recording, ParametersThatMoveLaterAreAnErrorNotAWrongResult) {
  during = [this] {
    if (steps == 4) places = {};
  };
  StepRecorder recorder = make();
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(recorder.take(kFull).ok());
  const Status told = recorder.take(kFull);
  ASSERT_FALSE(told.ok());
  EXPECT_NE(told.error().cure.find("--engine stock"), std::string::npos);
}

TEST_F(Recording, OfALongReasonTheFirstLineIsKept) {
  during = [this] {
    said = steps == 4 ? Status(infrastructure_error("here", "refused\nSet CUDA_LAUNCH_BLOCKING=1"))
                      : Status();
  };
  StepRecorder recorder = make();
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(recorder.take(kFull).ok());
  EXPECT_EQ(recorder.reason(), "refused");
}

TEST_F(Recording, AStepsOwnErrorComesThrough) {
  said = infrastructure_error("here", "something broke");
  StepRecorder recorder = make();
  EXPECT_FALSE(recorder.take(kFull).ok());
}

}  // namespace
}  // namespace gradus::worker
