#include <gmock/gmock.h>

#include <cstdint>
#include <gradus/options.hpp>
#include <stdexcept>
#include <string>

namespace gradus {
namespace {

Options sample() {
  return Options({{"deep", true},
                  {"width", std::int64_t{64}},
                  {"dropout", 0.25},
                  {"mode", std::string("same")}});
}

TEST(Options, ReturnsTheTypedValueOrTheFallback) {
  const Options options = sample();
  EXPECT_TRUE(options.get("deep", false));
  EXPECT_EQ(options.get("width", 16), 64);
  EXPECT_DOUBLE_EQ(options.get("dropout", 0.5), 0.25);
  EXPECT_EQ(options.get("mode", "valid"), "same");
  EXPECT_EQ(options.get("absent", 7), 7);
  EXPECT_EQ(options.get("absent", "text"), "text");
}

TEST(Options, TakesAWholeNumberForAFloatingPointOption) {
  EXPECT_DOUBLE_EQ(sample().get("width", 1.0), 64.0);
}

TEST(Options, NamesFoundAndWantedTypes) {
  try {
    static_cast<void>(sample().get("mode", 3));
    FAIL() << "text was taken for a whole number";
  } catch (const std::invalid_argument& error) {
    EXPECT_STREQ(error.what(), "option 'mode' is text, wanted a whole number");
  }
  EXPECT_THROW(static_cast<void>(sample().get("dropout", 3)), std::invalid_argument);
  EXPECT_THROW(static_cast<void>(sample().get("width", true)), std::invalid_argument);
}

TEST(Options, RefusesANumberThatDoesNotFit) {
  const Options options({{"width", std::int64_t{1} << 40}, {"negative", std::int64_t{-1}}});
  EXPECT_THROW(static_cast<void>(options.get("width", 3)), std::invalid_argument);
  EXPECT_THROW(static_cast<void>(options.get("negative", 3U)), std::invalid_argument);
}

}  // namespace
}  // namespace gradus
