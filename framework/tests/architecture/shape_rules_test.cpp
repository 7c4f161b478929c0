#include "framework/tests/architecture/shape_rules.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "framework/tests/architecture/include_rules.hpp"

namespace gradus::architecture {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::string lines(std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += "//\n";
  return text;
}

TEST(ShapeRules, HoldInThisTree) {
  EXPECT_THAT(length_violations(GRADUS_SOURCE_DIR), IsEmpty());
  EXPECT_THAT(room_violations(GRADUS_SOURCE_DIR), IsEmpty());
  EXPECT_THAT(root_violations(GRADUS_SOURCE_DIR), IsEmpty());
}

TEST(ShapeRules, TellALongFile) {
  const ScratchTree tree;
  tree.add("reports/just.cpp", lines(kMostLines));
  tree.add("reports/over.cpp", lines(kMostLines + 1));
  tree.add("framework/setup/over.sh", lines(kMostLines + 1));
  EXPECT_THAT(length_violations(tree.root()),
              ElementsAre("framework/setup/over.sh: has 401 lines, wanted at most 400",
                          "reports/over.cpp: has 401 lines, wanted at most 400"));
}

TEST(ShapeRules, TellARoomWithoutReadmeOrBuildFile) {
  const ScratchTree tree;
  for (const Room& room : rooms()) {
    tree.add(room.folder + "/README.md", "");
    tree.add(room.folder + "/CMakeLists.txt", "");
  }
  EXPECT_THAT(room_violations(tree.root()), IsEmpty());
  std::filesystem::remove(tree.root() / "grader/README.md");
  std::filesystem::remove(tree.root() / "labs/CMakeLists.txt");
  EXPECT_THAT(room_violations(tree.root()),
              ElementsAre("labs: has no CMakeLists.txt", "grader: has no README.md"));
}

TEST(ShapeRules, TellAStrayEntryOfTheRoot) {
  const ScratchTree tree;
  tree.add("README.md", "");
  tree.add("build-asan/x", "");
  EXPECT_THAT(root_violations(tree.root()), IsEmpty());
  tree.add("notes.txt", "");
  tree.add("src/x.cpp", "");
  EXPECT_THAT(root_violations(tree.root()), ElementsAre("notes.txt: does not belong in the root",
                                                        "src: does not belong in the root"));
}

}  // namespace
}  // namespace gradus::architecture
