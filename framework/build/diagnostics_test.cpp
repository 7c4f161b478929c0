#include "framework/build/diagnostics.hpp"

#include <gmock/gmock.h>

#include <algorithm>

namespace gradus::build {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Diagnostics, KeepsErrorsWithTheirNotesAndDropsWarnings) {
  const std::string output =
      "net.cpp:3:7: warning: unused variable 'a' [-Wunused-variable]\n  int a;\n      ^\n"
      "In file included from net.cpp:1:\n"
      "sub/block.hpp:2:25: error: cannot initialize return object\n  return \"a\";\n         ^~~\n"
      "sub/block.hpp:1:1: note: declared here\n"
      "net.cpp:9:1: warning: another\n"
      "1 warning and 1 error generated.\n";
  EXPECT_EQ(
      first_errors(output),
      "In file included from net.cpp:1:\n"
      "sub/block.hpp:2:25: error: cannot initialize return object\n  return \"a\";\n         ^~~\n"
      "sub/block.hpp:1:1: note: declared here");
}

TEST(Diagnostics, ReadsGcc) {
  const std::string output =
      "net.cpp: In member function 'void A::f()':\n"
      "net.cpp:4:3: error: 'x' was not declared in this scope\n    4 |   x;\n      |   ^\n"
      "compilation terminated due to -fmax-errors=8.\n";
  EXPECT_THAT(first_errors(output), HasSubstr("In member function 'void A::f()'"));
  EXPECT_THAT(first_errors(output), Not(HasSubstr("terminated")));
}

TEST(Diagnostics, CutsAtTheGivenNumberOfLines) {
  std::string output;
  for (int i = 0; i < 100; ++i) output += "a.cpp:1:1: error: number " + std::to_string(i) + "\n";
  const std::string text = first_errors(output, 40);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 40);
  EXPECT_THAT(text, HasSubstr("(60 more lines)"));
}

TEST(Diagnostics, SurvivesAnEndlessLine) {
  EXPECT_THAT(first_errors("a.cpp:1:2: error: " + std::string(1 << 20, 'x')), HasSubstr("error"));
  EXPECT_THAT(first_errors(std::string(1 << 20, ':')), HasSubstr(":::"));
}

TEST(Diagnostics, ShowsEverythingWhereNoErrorStandsOut) {
  EXPECT_EQ(first_errors("strange\noutput\n"), "strange\noutput");
}

TEST(Diagnostics, RenamesInOrder) {
  EXPECT_EQ(rename("/x/src/a/s000.cpp: s000.cpp", {{"/x/src/", ""}, {"s000.cpp", "net.cpp"}}),
            "a/net.cpp: net.cpp");
}

TEST(LinkProblem, NamesUndefinedSymbolsInEveryLinkersWords) {
  for (const char* output :
       {"mold: error: undefined symbol: twice(at::Tensor)\n>>> referenced by a.cpp",
        "/usr/bin/ld: a.cpp:(.text+0x1): undefined reference to `twice(at::Tensor)'",
        "ld.lld: error: undefined symbol: twice(at::Tensor)"}) {
    EXPECT_THAT(explain_link(output).what, HasSubstr("nothing defines 'twice(at::Tensor)'"))
        << output;
  }
}

TEST(LinkProblem, TellsASecondRegistrationFromAnotherDuplicate) {
  EXPECT_THAT(
      explain_link("mold: error: duplicate symbol: b.cpp: a.cpp: gradus_registered_model_my_net")
          .what,
      HasSubstr("the plugin 'model my_net' is registered more than once"));
  EXPECT_THAT(
      explain_link("ld: b.cpp: multiple definition of `gradus_registered_model_m'; a.cpp").what,
      HasSubstr("'model m' is registered more than once"));
  EXPECT_THAT(explain_link("mold: error: duplicate symbol: b.cpp: a.cpp: helper()").what,
              HasSubstr("'helper()' is defined in more than one source"));
}

}  // namespace
}  // namespace gradus::build
