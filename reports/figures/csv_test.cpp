#include "reports/figures/csv.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace gradus::reports {
namespace {

std::string one(const std::string& cell) {
  Csv csv({"a"});
  csv.text(cell);
  csv.end_row();
  return csv.take().substr(2);
}

TEST(Csv, FormulasAreNeutralised) {
  EXPECT_EQ(one("=1+1"), "'=1+1\n");
  EXPECT_EQ(one("+1"), "'+1\n");
  EXPECT_EQ(one("-1"), "'-1\n");
  EXPECT_EQ(one("@SUM(A1)"), "'@SUM(A1)\n");
  EXPECT_EQ(one("plain = text"), "plain = text\n");
}

TEST(Csv, SeparatorsAndQuotesAreQuoted) {
  EXPECT_EQ(one("a,b"), "\"a,b\"\n");
  EXPECT_EQ(one("say \"x\""), "\"say \"\"x\"\"\"\n");
  EXPECT_EQ(one("=HYPERLINK(\"u\",\"v\")"), "\"'=HYPERLINK(\"\"u\"\",\"\"v\"\")\"\n");
}

TEST(Csv, ControlCharactersCannotStartARowOrACell) {
  EXPECT_EQ(one("a\nb"), "a\\x0Ab\n");
  EXPECT_EQ(one("\t=1"), "\\x09=1\n");
}

TEST(Csv, NumbersReadBackEqualAndAbsentOnesAreEmpty) {
  Csv csv({"x", "y", "z"});
  csv.value(0.1).value(std::optional<double>{}).value(-1e-5);
  csv.end_row();
  EXPECT_EQ(csv.rows(), 1);
  ASSERT_EQ(csv.numbers().size(), 3U);
  EXPECT_TRUE(std::isnan(csv.numbers()[1]));
  EXPECT_EQ(csv.take(), "x,y,z\n0.1,,-1e-05\n");
}

}  // namespace
}  // namespace gradus::reports
