#include "framework/core/paths.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

#include "framework/core/files.hpp"

namespace gradus {
namespace {

class PathsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto made = make_temporary_folder(fs::temp_directory_path(), "gradus-paths-test");
    ASSERT_TRUE(made.ok());
    folder = *made;
    ::setenv("GRADUS_HOME", folder.c_str(), 1);
    ::setenv("GRADUS_PREFIX", folder.c_str(), 1);
  }
  void TearDown() override {
    ::unsetenv("GRADUS_HOME");
    ::unsetenv("GRADUS_PREFIX");
    ASSERT_TRUE(remove_tree(folder).ok());
  }
  Result<Toolchain> with_toolchain(const std::string& text) {
    const auto paths = find_paths();
    EXPECT_TRUE(make_folder(paths->share()).ok());
    EXPECT_TRUE(write_file(paths->share() / "toolchain.json", text).ok());
    return read_toolchain(*paths);
  }
  fs::path folder;
};

TEST_F(PathsTest, TheEnvironmentNamesBothRoots) {
  const auto paths = find_paths();
  ASSERT_TRUE(paths.ok());
  EXPECT_EQ(paths->home, folder);
  EXPECT_EQ(paths->program("gradus-worker"), folder / "libexec" / "gradus" / "gradus-worker");
}

TEST_F(PathsTest, ARelativeHomeIsTheUsersError) {
  ::setenv("GRADUS_HOME", "relative", 1);
  const auto paths = find_paths();
  ASSERT_FALSE(paths.ok());
  EXPECT_EQ(paths.error().fault, Fault::user);
}

TEST_F(PathsTest, AToolchainIsReadWhole) {
  const auto chain = with_toolchain(
      R"({"compiler":"/usr/bin/c++","compiler_version":"16","torch_dir":"/t/torch","torch_mount":"/t",
          "torch_version":"2.11.0","sdk_hash":"ab","sanitizers":["address"]})");
  ASSERT_TRUE(chain.ok()) << chain.error().text();
  EXPECT_EQ(chain->torch_version, "2.11.0");
  EXPECT_EQ(chain->sanitizers, std::vector<std::string>{"address"});
}

TEST_F(PathsTest, ADamagedToolchainNamesFileAndCure) {
  for (const char* text : {"", "[1]", R"({"compiler":"x"})", R"({"compiler":1})"}) {
    const auto chain = with_toolchain(text);
    ASSERT_FALSE(chain.ok()) << text;
    EXPECT_NE(chain.error().text().find("toolchain.json"), std::string::npos);
    EXPECT_NE(chain.error().cure.find("setup"), std::string::npos);
  }
}

}  // namespace
}  // namespace gradus
