#include "reports/figures/svg.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reports/testing/markup.hpp"

namespace gradus::reports {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string document(const std::string& body) {
  return "<svg \n width=\"10\" height=\"20\"\n viewBox=\"0 0 10 20\"\n>\n<title>Gnuplot</title>\n"
         "<desc>Produced by GNUPLOT</desc>\n<g id=\"gnuplot_canvas\">\n<defs>\n<circle id='gpDot' "
         "r='0.5' stroke='currentColor'/>\n</defs>\n" +
         body + "</g>\n</svg>";
}

TEST(InlineSvg, MarksAreWrittenOutInTheirColour) {
  const auto svg = inline_svg(
      document("<use xlink:href='#gpPt6' transform='translate(1,2) scale(3)' color='#0072B2'/>"),
      "t");
  ASSERT_TRUE(svg.ok()) << svg.error().text();
  EXPECT_THAT(*svg, HasSubstr("<circle r='1' fill='#0072B2' stroke='none'/>"));
  for (const char* gone : {"<use", "currentColor", "xlink", "<defs", "id=", "Gnuplot"}) {
    EXPECT_THAT(*svg, Not(HasSubstr(gone)));
  }
  EXPECT_EQ(testing::markup_problem(*svg), "");
}

// Regression: gnuplot's mark 0 was drawn in the corner of the picture.
TEST(InlineSvg, DotsKeepTheirPlace) {
  const auto svg =
      inline_svg(document("<use xlink:href='#gpDot' x='12.5' y='7' color='red'/>"), "t");
  ASSERT_TRUE(svg.ok()) << svg.error().text();
  EXPECT_THAT(*svg, HasSubstr("<g transform='translate(12.5,7) scale(0.5)'>"));
}

TEST(InlineSvg, CurrentColourIsThatOfItsGroup) {
  const auto svg =
      inline_svg(document("<g color=\"red\" stroke=\"currentColor\"><path d='M0,0'/></g>\n"), "t");
  ASSERT_TRUE(svg.ok());
  EXPECT_THAT(*svg, HasSubstr("stroke=\"red\""));
}

TEST(InlineSvg, UnknownMarkIsAnError) {
  for (const char* use :
       {"<use xlink:href='#gpPt99' color='red'/>",
        "<use xlink:href='file:///etc/passwd' color='red'/>", "<use xlink:href='#gpPt6'/>"}) {
    EXPECT_FALSE(inline_svg(document(use), "t").ok()) << use;
  }
}

TEST(InlineSvg, TruncatedDocumentIsAnError) {
  const std::string whole = document("<path d='M0,0'/>");
  EXPECT_TRUE(inline_svg(whole, "t").ok());
  EXPECT_FALSE(inline_svg(whole.substr(0, whole.size() - 10), "t").ok());
  EXPECT_FALSE(inline_svg("", "t").ok());
}

TEST(InlineSvg, TitleIsEscaped) {
  const auto svg = inline_svg(document(""), "<script>");
  ASSERT_TRUE(svg.ok());
  EXPECT_THAT(*svg, HasSubstr("<title>&lt;script&gt;</title>"));
}

TEST(InlineSvg, EmptyGroupsGo) {
  const auto svg = inline_svg(document("<g fill=\"none\">\n</g>\n<path d='M1,1'/>\n"), "t");
  ASSERT_TRUE(svg.ok());
  EXPECT_THAT(*svg, Not(HasSubstr("fill=\"none\"")));
  EXPECT_THAT(*svg, HasSubstr("M1,1"));
}

TEST(SplitDocuments, FindsEachOne) {
  EXPECT_EQ(split_documents("<?xml?>" + document("") + "\n<?xml?>" + document("")).size(), 2U);
  EXPECT_TRUE(split_documents("<svg never closed").empty());
}

}  // namespace
}  // namespace gradus::reports
