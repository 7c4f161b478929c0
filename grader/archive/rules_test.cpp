#include "grader/archive/rules.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gradus::grader {
namespace {

using ::testing::HasSubstr;

/// What the rules say to a name after some others; empty: taken.
std::string verdict(const std::vector<std::string>& before, const std::string& name,
                    bool folder = false, const ArchiveCaps& caps = {}) {
  ArchiveRules rules(caps, 1000);
  std::string plain;
  for (const std::string& one : before) {
    const bool is_folder = one.ends_with("/");
    EXPECT_FALSE(rules.enter(one, is_folder, plain)) << one;
  }
  const auto refusal = rules.enter(name, folder, plain);
  return refusal ? refusal->what : "";
}

TEST(ArchiveRules, TakeOrdinaryNames) {
  ArchiveRules rules({}, 1000);
  std::string name;
  for (const auto& [raw, folder, plain] : std::vector<std::tuple<std::string, bool, std::string>>{
           {"./", true, ""},
           {"src/", true, "src"},
           {"./src/net.cpp", false, "src/net.cpp"},
           {"src//net.hpp", false, "src/net.hpp"},
           {"src/", true, "src"},  // a folder may be named twice
           {"résumé.pdf", false, "résumé.pdf"},
           {"a..b", false, "a..b"}}) {
    EXPECT_FALSE(rules.enter(raw, folder, name)) << raw;
    EXPECT_EQ(name, plain);
  }
}

TEST(ArchiveRules, RefuseNamesThatLeadOutOrAreOdd) {
  EXPECT_THAT(verdict({}, "/etc/passwd"), HasSubstr("absolute"));
  for (const char* name : {"..", "../x", "a/../../x", "a/.."})
    EXPECT_THAT(verdict({}, name), HasSubstr("leads out")) << name;
  for (const std::string& name :
       {std::string("a\nb"), std::string("a\033[31m"), std::string("a\\b"), std::string("a\xFF"),
        std::string("a\xE2\x80\xAE.cpp"), std::string("a\0b", 3)})
    EXPECT_THAT(verdict({}, name), HasSubstr("plain UTF-8")) << name;
  EXPECT_THAT(verdict({}, ""), HasSubstr("no name"));
  EXPECT_THAT(verdict({}, "."), HasSubstr("no name of a file"));
  EXPECT_THAT(verdict({}, std::string(241, 'a')), HasSubstr("longer than 240"));
  std::string deep;
  for (int i = 0; i < 16; ++i) deep += "d/";
  EXPECT_THAT(verdict({}, deep + "x"), HasSubstr("deeper than 16"));
}

TEST(ArchiveRules, RefuseNamesThatCollide) {
  EXPECT_THAT(verdict({"net.cpp"}, "net.cpp"), HasSubstr("twice"));
  EXPECT_THAT(verdict({"net.cpp"}, "./net.cpp"), HasSubstr("twice"));
  EXPECT_THAT(verdict({"net.cpp"}, "Net.cpp"), HasSubstr("upper and lower case"));
  EXPECT_THAT(verdict({"src/a.cpp"}, "SRC/b.cpp"), HasSubstr("upper and lower case"));
  EXPECT_THAT(verdict({"é.cpp"}, "É.cpp"), HasSubstr("upper and lower case"));
  EXPECT_THAT(verdict({"a"}, "a/b"), HasSubstr("both a file and a folder"));
  EXPECT_THAT(verdict({"a/b"}, "a"), HasSubstr("both a file and a folder"));
  EXPECT_EQ(verdict({"a/b"}, "a/c"), "");
}

TEST(ArchiveRules, CountFilesAndFolders) {
  ArchiveCaps caps;
  caps.members = 3;
  EXPECT_EQ(verdict({"a/b"}, "a/c", false, caps), "");
  EXPECT_THAT(verdict({"a/b", "a/c"}, "a/d", false, caps), HasSubstr("more than 3"));
  // Members that claim no new name end too.
  ArchiveRules rules(caps, 1000);
  std::string name;
  int taken = 0;
  while (taken < 1000 && !rules.enter("a/", true, name)) ++taken;
  EXPECT_EQ(taken, 12);
}

TEST(ArchiveRules, CountBytes) {
  ArchiveCaps caps;
  caps.file_bytes = 100;
  caps.total_bytes = 150;
  ArchiveRules rules(caps, 1000);
  std::string name;
  EXPECT_FALSE(rules.enter("a", false, name));
  EXPECT_FALSE(rules.take(60));
  EXPECT_FALSE(rules.take(40));
  EXPECT_FALSE(rules.enter("b", false, name));
  EXPECT_FALSE(rules.take(50));
  EXPECT_THAT(rules.take(1)->what, HasSubstr("unpacks to more than 150 B"));
  ArchiveRules again(caps, 1000);
  EXPECT_FALSE(again.enter("a", false, name));
  EXPECT_THAT(again.take(101)->what, HasSubstr("'a' is larger than 100 B"));
}

TEST(ArchiveRules, RefuseARatioThatOnlyABombHas) {
  ArchiveCaps caps;
  caps.ratio = 10;
  caps.ratio_from = 1000;
  ArchiveRules rules(caps, 50);
  std::string name;
  EXPECT_FALSE(rules.enter("a", false, name));
  EXPECT_FALSE(rules.take(1000)) << "small archives may compress well";
  EXPECT_THAT(rules.take(1)->what, HasSubstr("10 times its size"));
}

TEST(ArchiveCaps, SurviveTheCommandLine) {
  ArchiveCaps caps;
  caps.members = 7;
  const auto back = ArchiveCaps::from_text(caps.to_text());
  ASSERT_TRUE(back);
  EXPECT_EQ(back->to_text(), caps.to_text());
  EXPECT_EQ(back->members, 7U);
  for (const char* text : {"", "1,2", "1,2,3,4,5,6,7,x", "1,2,3,4,5,6,7,-8", "1,2,3,4,5,6,7,8,9"})
    EXPECT_FALSE(ArchiveCaps::from_text(text)) << text;
}

}  // namespace
}  // namespace gradus::grader
