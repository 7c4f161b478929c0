#include "framework/lab/nesting.hpp"

#include <gtest/gtest.h>

#include "framework/lab/node.hpp"

namespace gradus::lab {
namespace {

std::string dotted(int parts, const std::string& part = "a") {
  std::string key = part;
  for (int i = 1; i < parts; ++i) key += "." + part;
  return key;
}

TEST(Nesting, FindsKeysOfTooManyPartsWhereverTheyStand) {
  const std::string deep = dotted(kMostKeyParts + 1);
  for (const std::string& text :
       {deep + " = 1", "[" + deep + "]\nx = 1", "[[" + deep + "]]", "x = { " + deep + " = 1 }",
        "x = 'y' # z\n" + deep + " = 1", dotted(kMostKeyParts + 1, "\"a b\"") + " = 1",
        dotted(kMostKeyParts + 1, " 'a.b' ") + " = 1", "x = \"a\\\"\"\n" + deep + " = 1"}) {
    EXPECT_TRUE(find_deep_key(text)) << text;
  }
  const auto place = find_deep_key("x = 1\n  " + deep + " = 1");
  ASSERT_TRUE(place);
  EXPECT_EQ(place->line, 2);
}

TEST(Nesting, LeavesLawfulTextAlone) {
  const std::string deepest = dotted(kMostKeyParts), dots(200, '.');
  std::string numbers = "x = [0.5";
  for (int i = 0; i < 100; ++i) numbers += ", 0.5";
  for (const std::string& text :
       {deepest + " = 1", "x = \"" + dots + "\"", "x = '" + dots + "'", "# " + dots,
        "x = \"\"\"\n" + dots + "\n\"\" " + dots + "\"\"\"\ny = 1", "x = '''" + dots + "'''",
        numbers + "]", "x = '\\'\ny = '" + dots + "'"}) {
    EXPECT_FALSE(find_deep_key(text)) << text;
  }
}

TEST(Nesting, ADocumentWithThemIsRefusedNotWalked) {
  const auto read = parse_document("[" + dotted(200'000) + "]\nx = 1", "recipe.toml");
  ASSERT_FALSE(read.ok());
  EXPECT_NE(read.error().where.find("recipe.toml:1:"), std::string::npos) << read.error().text();
  EXPECT_NE(read.error().what.find("more than 32 parts"), std::string::npos);
  const Node value = parse_override_value("{" + dotted(200'000) + " = 1}", Origin{"--set", 0, 0});
  EXPECT_EQ(value.kind, Node::Kind::text) << "what is no TOML value is a word";
}

}  // namespace
}  // namespace gradus::lab
