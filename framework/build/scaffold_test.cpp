#include <gmock/gmock.h>

#include <filesystem>
#include <string>

#include "framework/build/build.hpp"
#include "framework/core/files.hpp"

namespace gradus::build {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

class Scaffold : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = *make_temporary_folder(::testing::TempDir(), "gradus_scaffold");
    paths_.prefix = GRADUS_TEST_PREFIX;
  }
  void TearDown() override { ASSERT_TRUE(remove_tree(folder_).ok()); }

  fs::path folder_;
  Paths paths_;
};

TEST_F(Scaffold, WritesAFolderWithItsNames) {
  for (const char* kind : {"model", "activation", "augmentation"}) {
    const auto made = scaffold(paths_, kind, std::string("my_") + kind, folder_);
    ASSERT_TRUE(made.ok()) << made.error().text();
    const std::string name = std::string("my_") + kind;
    EXPECT_EQ(*made, folder_ / name);
    const auto source = read_file(*made / (name + ".cpp"));
    ASSERT_TRUE(source.ok());
    EXPECT_THAT(*source, HasSubstr(", " + name + ", \"0.1\")"));
    for (const auto& file : fs::directory_iterator(*made)) {
      EXPECT_THAT(*read_file(file.path()), Not(HasSubstr("@"))) << file.path();
    }
    EXPECT_TRUE(fs::exists(*made / ".clangd"));
  }
  EXPECT_THAT(*read_file(folder_ / "my_model/my_model.cpp"), HasSubstr("class MyModel :"));
}

TEST_F(Scaffold, WritesALab) {
  const auto made = scaffold(paths_, "lab", "my_lab", folder_);
  ASSERT_TRUE(made.ok()) << made.error().text();
  EXPECT_THAT(*read_file(*made / "lab.toml"), HasSubstr("id = \"my_lab\""));
  EXPECT_THAT(*read_file(*made / "README.md"), HasSubstr("# my_lab"));
  EXPECT_THAT(scaffold(paths_, "lab", "My Lab", folder_).error().what,
              HasSubstr("is no name for a lab"));
}

TEST_F(Scaffold, RefusesABadNameAKindAndAnExistingFolder) {
  for (const char* name : {"", "9net", "My_Net", "a/b", "..", "net-1", "n\xc3\xa4t", "-x"}) {
    const auto made = scaffold(paths_, "model", name, folder_);
    ASSERT_FALSE(made.ok()) << name;
    EXPECT_EQ(made.error().fault, Fault::user);
    EXPECT_THAT(made.error().what, HasSubstr("is no name for a plugin"));
  }
  EXPECT_THAT(scaffold(paths_, "optimizer", "x", folder_).error().what,
              HasSubstr("no kind of plugin"));
  ASSERT_TRUE(make_folder(folder_ / "taken").ok());
  EXPECT_THAT(scaffold(paths_, "model", "taken", folder_).error().what,
              HasSubstr("exists already"));
  EXPECT_THAT(scaffold(paths_, "model", "x", folder_ / "absent").error().what,
              HasSubstr("is no folder"));
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()), 1);
}

}  // namespace
}  // namespace gradus::build
