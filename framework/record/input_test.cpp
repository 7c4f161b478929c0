#include "framework/record/input.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "framework/record/plan.hpp"

namespace gradus {
namespace {

using ::testing::HasSubstr;

const std::vector<void (*)(InputSpec&)> kChanges = {
    [](InputSpec& i) { i.crop = 4; },
    [](InputSpec& i) { i.pad = "reflect"; },
    [](InputSpec& i) { i.flip = true; },
    [](InputSpec& i) { i.flip_by = "turns"; },
    [](InputSpec& i) { i.resize = {24}; },
    [](InputSpec& i) { i.resize_until = {0.5}; },
    [](InputSpec& i) { i.resize_else = "full"; },
    [](InputSpec& i) { i.mean = {0.5}; },
    [](InputSpec& i) { i.std = {0.5}; },
};

TEST(InputSpec, EveryValueSurvivesAndEntersTheHash) {
  const RunPlan plain;
  for (std::size_t i = 0; i < kChanges.size(); ++i) {
    RunPlan plan;
    kChanges[i](plan.input);
    EXPECT_NE(plan.hash(), plain.hash()) << "change " << i;
    const auto back = input_from_json(Json::parse(to_json(plan.input).dump()));
    ASSERT_TRUE(back.ok()) << i << ": " << back.error().text();
    EXPECT_EQ(to_json(*back), to_json(plan.input)) << "change " << i;
    EXPECT_NE(to_json(*back), to_json(plain.input)) << "change " << i;
  }
}

// Evidence of plain pipelines was cached before the others existed.
TEST(InputSpec, APlainOneIsWrittenAsItAlwaysWas) {
  EXPECT_EQ(to_json(InputSpec{}).dump(), R"({"crop":0,"flip":false,"mean":[],"std":[]})");
}

TEST(InputSpec, RefusesUnknownMissingAndMistypedKeys) {
  Json json = to_json(InputSpec{});
  json["surprise"] = 1;
  EXPECT_FALSE(input_from_json(json).ok());
  for (const char* key : {"crop", "flip", "mean", "std"}) {
    Json lacking = to_json(InputSpec{});
    lacking.erase(key);
    EXPECT_FALSE(input_from_json(lacking).ok()) << key;
  }
  json = to_json(InputSpec{});
  json["resize"] = "24";
  EXPECT_FALSE(input_from_json(json).ok());
}

TEST(ShownSize, FollowsTheSharesOfTheEpochs) {
  InputSpec input;
  input.resize = {24, 28};
  input.resize_until = {0.4, 0.7};
  // Of 10 epochs: four of 24 pixels, three of 28, three whole.
  std::vector<std::int64_t> heights;
  for (std::int64_t epoch = 1; epoch <= 10; ++epoch) {
    heights.push_back(shown_size(input, {32, 32}, epoch, 10).height);
  }
  EXPECT_EQ(heights, (std::vector<std::int64_t>{24, 24, 24, 24, 28, 28, 28, 32, 32, 32}));
  EXPECT_EQ(shown_size(input, {32, 32}, 12, 30).height, 24);
  EXPECT_EQ(shown_size(input, {32, 32}, 13, 30).height, 28) << "12/30 of the run is over: 40 %";
  EXPECT_EQ(shown_size(input, {32, 32}, 1, 1).height, 24) << "a single epoch is the first";
  EXPECT_EQ(shown_size(InputSpec{}, {32, 48}, 1, 10), (ImageSize{32, 48}));
}

TEST(ShownSize, KeepsTheProportions) {
  InputSpec input;
  input.resize = {24};
  input.resize_until = {1};
  EXPECT_EQ(shown_size(input, {32, 48}, 1, 10), (ImageSize{24, 36}));
  EXPECT_EQ(shown_size(input, {32, 48}, 10, 10), (ImageSize{24, 36}));
  input.resize = {1};
  EXPECT_EQ(shown_size(input, {32, 3}, 1, 10), (ImageSize{1, 1})) << "never without a column";
}

TEST(InputSpec, ContradictionsAreNamed) {
  EXPECT_EQ(contradiction(InputSpec{}), "");
  const auto found = [](std::vector<double> resize, std::vector<double> until) {
    InputSpec input;
    input.resize = std::move(resize);
    input.resize_until = std::move(until);
    return contradiction(input);
  };
  EXPECT_EQ(found({24, 28}, {0.4, 1}), "");
  EXPECT_THAT(found({24, 28}, {0.4}),
              HasSubstr("2 sizes in input.resize and 1 share in input.resize_until"));
  EXPECT_THAT(found({24.5}, {0.4}), HasSubstr("found 24.5 in input.resize, wanted whole pixels"));
  EXPECT_THAT(found({0}, {0.4}), HasSubstr("wanted whole pixels"));
  EXPECT_THAT(found({24, 28}, {0.7, 0.4}), HasSubstr("found 0.4 after 0.7"));
  EXPECT_THAT(found({24, 28}, {0.4, 0.4}), HasSubstr("wanted ascending shares"));
  EXPECT_THAT(found({24}, {0}), HasSubstr("found 0 in input.resize_until"));
  EXPECT_THAT(found({24}, {40}), HasSubstr("found 40 in input.resize_until"));
}

TEST(InputSpec, NoSizeIsAboveTheImages) {
  InputSpec input;
  EXPECT_EQ(misfit(input, 32), "");
  input.resize = {24, 32};
  EXPECT_EQ(misfit(input, 32), "");
  EXPECT_EQ(misfit(input, 28),
            "found 32 in input.resize, wanted at most 28, the height of the images");
}

TEST(InputSpec, TheSummaryNamesWhatIsDone) {
  InputSpec input;
  EXPECT_EQ(summary(input), "");
  EXPECT_EQ(summary_of_sizes(input), "");
  input.crop = 4;
  input.flip = true;
  EXPECT_EQ(summary(input), "random crop, padding 4, flip");
  input.pad = "reflect";
  input.flip_by = "turns";
  input.resize = {24, 28};
  input.resize_until = {0.4, 0.7};
  EXPECT_EQ(summary(input), "random crop, padding 4 (reflected), flip by turns");
  EXPECT_EQ(summary_of_sizes(input), "24 pixels until 40 %, 28 until 70 % of the epochs");
}

}  // namespace
}  // namespace gradus
