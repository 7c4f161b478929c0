#include "reports/figures/gnuplot.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <set>

namespace gradus::reports::gnuplot {
namespace {

TEST(GnuplotQuote, NothingEndsTheLiteral) {
  EXPECT_EQ(quote("it's"), "'it’s'");
  EXPECT_EQ(quote("'; system('id'); '"), "'’; system(’id’); ’'");
  EXPECT_EQ(quote("a\nplot 1"), "'a\\x0Aplot 1'");
}

TEST(GnuplotQuote, WhatGnuplotReadsInDoubleQuotesStandsInSingleOnes) {
  EXPECT_EQ(quote("`id` $HOME @x \\n"), "'`id` $HOME @x \\n'");
}

TEST(GnuplotQuote, BidirectionalMarksAreVisible) {
  EXPECT_EQ(quote("a\xE2\x80\xAE"
                  "b"),
            "'a\\u202Eb'");
}

TEST(GnuplotQuote, LongTextIsCut) { EXPECT_LT(quote(std::string(5000, 'x')).size(), 80U); }

TEST(GnuplotNumber, NeverWritesAnythingButANumber) {
  EXPECT_EQ(num(0.5), "0.5");
  EXPECT_EQ(num(std::numeric_limits<double>::infinity()), "NaN");
  EXPECT_EQ(num(std::nan("")), "NaN");
}

TEST(GnuplotEpochTics, StandOnWholeEpochs) {
  EXPECT_EQ(epoch_tics(1, 6), "set xtics 0,1\n");
  EXPECT_EQ(epoch_tics(6, 6), "set xtics 0,1\n");
  EXPECT_EQ(epoch_tics(30, 6), "set xtics 0,5\n");
  EXPECT_EQ(epoch_tics(95, 10), "set xtics 0,10\n");
  EXPECT_EQ(epoch_tics(200, 6), "set xtics 0,50\n");
}

TEST(GnuplotArms, EightArmsDifferInColourAndMark) {
  std::set<std::string> lines;
  for (std::size_t i = 0; i < 32; ++i) lines.insert(arm_line(i));
  EXPECT_EQ(lines.size(), 32U);
}

}  // namespace
}  // namespace gradus::reports::gnuplot
