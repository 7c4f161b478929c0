#include "framework/core/text.hpp"

#include <gtest/gtest.h>

namespace gradus {
namespace {

TEST(Text, PrintableNeutralisesControlBidiAndBrokenBytes) {
  EXPECT_EQ(printable("plain é 漢"), "plain é 漢");
  EXPECT_EQ(printable("\033[31mred\033[0m"), "\\x1B[31mred\\x1B[0m");
  EXPECT_EQ(printable("a\nb"), "a\\x0Ab");
  EXPECT_EQ(printable("a\nb", true), "a\nb");
  EXPECT_EQ(printable("x\xE2\x80\xAEy"), "x\\u202Ey");
  EXPECT_EQ(printable("\xC3("), "\\xC3(");
  EXPECT_EQ(printable("\xC0\x80"), "\\xC0\\x80") << "an overlong NUL";
  EXPECT_EQ(printable(std::string_view("a\0b", 3)), "a\\x00b");
}

TEST(Text, PrintableCutsAndSaysHowMuch) {
  EXPECT_EQ(printable("abcdef", false, 4), "abcd… (2 bytes cut)");
}

TEST(Text, EscapeHtmlLeavesNoMarkup) {
  EXPECT_EQ(escape_html("<script>'\"&"), "&lt;script&gt;&#39;&quot;&amp;");
}

TEST(Text, NearestFindsTheMisspeltKeyAndNothingForAnother) {
  const std::vector<std::string> keys = {"epochs", "batch", "optimizer"};
  EXPECT_EQ(nearest("epoch", keys), "epochs");
  EXPECT_EQ(nearest("optimiser", keys), "optimizer");
  EXPECT_EQ(nearest("bacth", keys), "batch");
  EXPECT_EQ(nearest("zzzzzz", keys), "");
  EXPECT_EQ(nearest("", keys), "");
}

TEST(Text, UnitsReadAsAPersonWritesThem) {
  EXPECT_EQ(with_commas(82030), "82,030");
  EXPECT_EQ(with_commas(-1234567), "-1,234,567");
  EXPECT_EQ(with_commas(999), "999");
  EXPECT_EQ(percent(.6584), "65.84 %");
  EXPECT_EQ(duration(12), "12 ms");
  EXPECT_EQ(duration(3400), "3.4 s");
  EXPECT_EQ(duration(72'000), "1 min 12 s");
  EXPECT_EQ(duration(7'500'000), "2 h 5 min");
  EXPECT_EQ(byte_size(1536), "1.5 KiB");
}

TEST(Text, NumberReadsBackEqual) {
  for (const double value : {.1, 1e-5, 1.0 / 3, 82030.0, -0.0}) {
    EXPECT_EQ(std::stod(number(value)), value);
  }
  EXPECT_EQ(number(.01), "0.01");
}

TEST(Text, SplitAndJoinAreInverse) {
  const auto parts = split("a.b..c", '.');
  EXPECT_EQ(parts, (std::vector<std::string>{"a", "b", "", "c"}));
  EXPECT_EQ(join(parts, "."), "a.b..c");
}

}  // namespace
}  // namespace gradus
