#include "reports/figures/legend.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>

#include "reports/figures/figure.hpp"

namespace gradus::reports::gnuplot {
namespace {

using ::testing::HasSubstr;

std::vector<LegendEntry> entries(int count, const std::string& text) {
  return std::vector<LegendEntry>(static_cast<std::size_t>(count), {text, "lc 1", ""});
}

/// (x, y) of every text, as shares of the drawing.
std::vector<std::pair<double, double>> places(const std::string& script) {
  static const std::regex kPlace("set label '[^']+' at screen ([-0-9.e]+),screen ([-0-9.e]+)");
  std::vector<std::pair<double, double>> found;
  for (std::sregex_iterator it(script.begin(), script.end(), kPlace), end; it != end; ++it) {
    found.emplace_back(std::stod((*it)[1]), std::stod((*it)[2]));
  }
  return found;
}

TEST(Legend, FewEntriesStandInOneRow) {
  EXPECT_EQ(legend_rows({}, 680), 0);
  EXPECT_EQ(legend_rows(entries(2, "train"), 680), 1);
  EXPECT_THAT(places(legend(entries(2, "train"), 680, 250, 10)), ::testing::SizeIs(2));
}

TEST(Legend, ManyEntriesAreWrappedAndStayInsideThePicture) {
  const auto many = entries(8, "learning rate 0.005, 30 epochs");
  EXPECT_EQ(legend_rows(many, 680), 3);
  const auto found = places(legend(many, 680, 250, 10));
  ASSERT_EQ(found.size(), 8U);
  for (const auto& [x, y] : found) {
    EXPECT_GT(x, 0);
    EXPECT_LT(x * 680 + 4.9 * 30, 680);
  }
  EXPECT_NEAR(found.front().second * 250, 10 + 2 * kLegendRow, 0.01) << "read from the top";
  EXPECT_NEAR(found.back().second * 250, 10, 0.01);
}

TEST(Legend, CharactersCountNotBytes) {
  EXPECT_EQ(legend_rows(entries(4, std::string(15, 'x')), 500),
            legend_rows(entries(4, "ααααααααααααααα"), 500));
}

}  // namespace
}  // namespace gradus::reports::gnuplot
