#include "framework/lab/node.hpp"

#include <gmock/gmock.h>

namespace gradus::lab {
namespace {

TEST(Node, KeepsPlacesAndTheFilesOrder) {
  const auto root = parse_document("b = 1\na = { d = 2.5, c = [true, \"x\"] }\n", "f.toml");
  ASSERT_TRUE(root.ok());
  ASSERT_EQ(root->entries.size(), 2U);
  EXPECT_EQ(root->entries[0].key, "b") << "toml++ itself sorts by key";
  EXPECT_EQ(root->entries[0].at.text(), "f.toml:1:1");
  EXPECT_EQ(root->find("a")->find("d")->at.text(), "f.toml:2:11");
  EXPECT_EQ(to_json(*root), Json::parse(R"({"a": {"c": [true, "x"], "d": 2.5}, "b": 1})"));
}

TEST(Node, FlattensTablesButNotLists) {
  const auto root = parse_document("a.b = 1\n\"c.d\" = [ { e = 2 } ]\n", "f.toml");
  ASSERT_TRUE(root.ok());
  std::vector<std::string> paths;
  for (const Leaf& leaf : flatten(*root)) paths.push_back(leaf.path);
  EXPECT_THAT(paths, ::testing::ElementsAre("a.b", "c.d"));
}

TEST(Node, OverrideValuesAreTomlOrText) {
  const Origin at{"--set k", 0, 0};
  EXPECT_EQ(to_json(parse_override_value("2", at)), Json(2));
  EXPECT_EQ(to_json(parse_override_value("[1, 2.5]", at)), Json::parse("[1, 2.5]"));
  EXPECT_EQ(to_json(parse_override_value("sgd", at)), Json("sgd"));
  EXPECT_EQ(to_json(parse_override_value("\"sgd\"", at)), Json("sgd"));
  EXPECT_EQ(to_json(parse_override_value("", at)), Json(""));
  EXPECT_EQ(to_json(parse_override_value("1\nother = 2", at)), Json("1\nother = 2"))
      << "a line break must not smuggle in a second key";
  EXPECT_EQ(parse_override_value("2", at).at.text(), "--set k");
}

TEST(Node, DescribesShortAndPrintable) {
  Node node;
  node.kind = Node::Kind::text;
  node.text = std::string(500, 'x') + "\x1b";
  EXPECT_LT(describe(node).size(), 120U);
  EXPECT_EQ(describe(node).find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace gradus::lab
