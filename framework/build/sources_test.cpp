#include "framework/build/sources.hpp"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "framework/core/files.hpp"

namespace gradus::build {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class CollectSources : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = *make_temporary_folder(::testing::TempDir(), "gradus_sources");
  }
  void TearDown() override { ASSERT_TRUE(remove_tree(folder_).ok()); }

  void put(const std::string& name, const std::string& content = "int x;\n") {
    fs::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name) << content;
  }
  Collected collect(const SourceLimits& limits = {}) { return *collect_sources(folder_, limits); }
  std::string failure(const SourceLimits& limits = {}) {
    const auto collected = collect(limits);
    return collected.failure ? collected.failure->what : "accepted";
  }

  fs::path folder_;
};

TEST_F(CollectSources, SortsUnitsHeadersAndLibraries) {
  for (const char* name : {"b.cpp", "a.cc", "sub/c.hpp", "d.h", "e.so", "README.md"}) put(name);
  const Sources sources = collect().sources;
  ASSERT_EQ(sources.units.size(), 2U);
  EXPECT_EQ(sources.units[0].name, "a.cc");
  EXPECT_EQ(sources.units[1].name, "b.cpp");
  ASSERT_EQ(sources.headers.size(), 2U);
  EXPECT_EQ(sources.headers[1].name, "sub/c.hpp");
  EXPECT_THAT(sources.libraries, ::testing::ElementsAre("e.so"));
}

TEST_F(CollectSources, PassesOverHiddenFilesBuildFoldersAndTests) {
  for (const char* name : {"a.cpp", ".hidden.cpp", ".git/b.cpp", "build/c.cpp", "build-debug/d.cpp",
                           "a_test.cpp", "CMakeFiles/e.cpp"}) {
    put(name);
  }
  EXPECT_EQ(collect().sources.units.size(), 1U);
}

TEST_F(CollectSources, RefusesLinksPipesAndStrangeNames) {
  put("a.cpp");
  fs::create_symlink("/etc/passwd", folder_ / "b.hpp");
  EXPECT_EQ(failure(), "'b.hpp' is a symbolic link");
  fs::remove(folder_ / "b.hpp");
  ASSERT_EQ(::mkfifo((folder_ / "c.cpp").c_str(), 0644), 0);
  EXPECT_THAT(failure(), HasSubstr("'c.cpp' is no regular file"));
  fs::remove(folder_ / "c.cpp");
  fs::create_directory_symlink("/etc", folder_ / "d");
  EXPECT_EQ(failure(), "'d' is a symbolic link");
  fs::remove(folder_ / "d");
  put("e\xff.cpp");
  EXPECT_THAT(failure(), HasSubstr("is not plain UTF-8 text"));
  fs::remove(folder_ / "e\xff.cpp");
  put("f\n.cpp");
  EXPECT_THAT(failure(), HasSubstr("is not plain UTF-8 text"));
  fs::remove(folder_ / "f\n.cpp");
  put("größe mit Raum.cpp");
  EXPECT_EQ(failure(), "accepted");
}

TEST_F(CollectSources, IgnoresLinksThatAreNoSources) {
  put("a.cpp");
  fs::create_symlink("/etc/passwd", folder_ / "notes.txt");
  EXPECT_EQ(failure(), "accepted");
}

TEST_F(CollectSources, HoldsItsCaps) {
  SourceLimits limits;
  limits.bytes = 100;
  put("a.cpp", std::string(90, 'x'));
  EXPECT_EQ(failure(limits), "accepted");
  put("b.hpp", std::string(11, 'x'));
  EXPECT_THAT(failure(limits), HasSubstr("the sources are larger than 100"));
  limits = {};
  limits.units = 1;
  EXPECT_EQ(failure(limits), "accepted");
  put("c.cpp");
  EXPECT_THAT(failure(limits), HasSubstr("more than 1 sources"));
  limits = {};
  limits.entries = 2;
  EXPECT_THAT(failure(limits), HasSubstr("more than 2 files"));
  limits = {};
  limits.depth = 1;
  put("x/y/z.hpp");
  EXPECT_THAT(failure(limits), HasSubstr("nest deeper than 1 levels at 'x/y'"));
}

TEST(CollectSourcesFolder, ReportsAMissingFolderAsTheUsersMistake) {
  const auto missing = collect_sources("/nowhere/at/all");
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.error().fault, Fault::user);
  EXPECT_THAT(missing.error().what, HasSubstr("found nothing there"));
  EXPECT_THAT(collect_sources("/etc/passwd").error().what,
              HasSubstr("found a file, wanted a folder"));
}

}  // namespace
}  // namespace gradus::build
