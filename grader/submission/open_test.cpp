#include "grader/submission/open.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "grader/archive/testing/make_archive.hpp"
#include "grader/testing.hpp"

namespace gradus::grader {
namespace {

using testing::file;
using ::testing::HasSubstr;
using testing::make_archive;

class OpenSubmission : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(::chmod(folder_.path().c_str(), 0755), 0);
    ASSERT_EQ(::setenv("GRADUS_HOME", folder_.path().c_str(), 1), 0);
    ASSERT_EQ(::setenv("GRADUS_PREFIX", GRADUS_TEST_PREFIX, 1), 0);
  }
  void write(const std::string& name, const std::string& content) {
    const auto path = folder_.path() / name;
    ASSERT_TRUE(make_folder(path.parent_path()).ok());
    ASSERT_TRUE(write_file(path, content).ok());
  }
  Submission at(const std::string& name, bool archive = false) {
    return {name, folder_.path() / name, archive, false};
  }
  Opened open(const Submission& submission, bool prebuilt = false) {
    const auto opened = open_submission(*find_paths(), sandbox::Mode::full, submission, prebuilt,
                                        folder_.path() / "scratch");
    EXPECT_TRUE(opened.ok()) << opened.error().text();
    return opened.ok() ? *opened : Opened{};
  }
  std::string why(const Submission& submission, bool prebuilt = false) {
    const Opened opened = open(submission, prebuilt);
    return opened.rejected ? opened.rejected->what : "";
  }

  testing::Folder folder_;
};

TEST_F(OpenSubmission, GivesAFolderOfSources) {
  write("ada/net.cpp", "int a;");
  EXPECT_EQ(open(at("ada")).folder, folder_.path() / "ada");
  make_archive(folder_.path() / "bob.zip", "zip", {file("hw/net.cpp", "int b;")});
  const Opened bob = open(at("bob.zip", true));
  ASSERT_FALSE(bob.rejected) << bob.rejected->what;
  EXPECT_EQ(*read_file(bob.folder / "hw/net.cpp"), "int b;");
}

TEST_F(OpenSubmission, RejectsWhatHoldsNoSources) {
  write("text/report.pdf", "x");
  EXPECT_THAT(why(at("text")), HasSubstr("no sources"));
  write("library/net.so", "x");
  EXPECT_THAT(why(at("library")), HasSubstr("only the library 'net.so'"));
  EXPECT_EQ(why(at("library"), true), "");
  make_archive(folder_.path() / "nested.zip", "zip", {file("inner.zip", "PK")});
  EXPECT_THAT(why(at("nested.zip", true)), HasSubstr("only the archive 'inner.zip'"));
  write("huge/net.cpp", std::string(std::size_t{3} << 20, ' '));
  EXPECT_THAT(why(at("huge")), HasSubstr("larger than 2.0 MiB"));
}

TEST_F(OpenSubmission, FollowsNoLinkOfAClass) {
  write("ada/net.cpp", "int a;");
  Submission link = at("ada");
  link.link = true;
  EXPECT_THAT(why(link), HasSubstr("symbolic link"));
}

TEST_F(OpenSubmission, HashesContentAndNothingElse) {
  write("ada/net.cpp", "int a;");
  write("copy/net.cpp", "int a;");
  write("copy/README.md", "not a source");
  write("other/net.cpp", "int b;");
  write("renamed/model.cpp", "int a;");
  const std::string hash = content_hash(at("ada"));
  EXPECT_EQ(hash.size(), 64U);
  EXPECT_EQ(content_hash(at("copy")), hash);
  EXPECT_NE(content_hash(at("other")), hash);
  EXPECT_NE(content_hash(at("renamed")), hash);
  write("one.zip", "x");
  write("two.zip", "y");
  EXPECT_NE(content_hash(at("one.zip", true)), content_hash(at("two.zip", true)));
  EXPECT_NE(content_hash(at("gone")), hash);
}

}  // namespace
}  // namespace gradus::grader
