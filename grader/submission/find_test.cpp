#include "grader/submission/find.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "grader/testing.hpp"

namespace gradus::grader {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class FindSubmissions : public ::testing::Test {
 protected:
  void touch(const std::string& name) {
    const auto path = folder_.path() / name;
    ASSERT_TRUE(make_folder(path.parent_path()).ok());
    ASSERT_TRUE(write_file(path, "x").ok());
  }
  void make(const std::string& name) { ASSERT_TRUE(make_folder(folder_.path() / name).ok()); }
  /// "name" for a folder, "name!" for a file, "name@" for a link.
  std::vector<std::string> found(const std::vector<std::string>& arguments) {
    std::vector<std::filesystem::path> paths;
    for (const auto& one : arguments) paths.push_back(folder_.path() / one);
    const auto all = find_submissions(paths);
    if (!all.ok()) return {all.error().text()};
    std::vector<std::string> names;
    for (const Submission& one : *all)
      names.push_back(one.name + (one.archive ? "!" : "") + (one.link ? "@" : ""));
    return names;
  }
  std::string error(const std::vector<std::string>& arguments) {
    std::vector<std::filesystem::path> paths;
    for (const auto& one : arguments) paths.push_back(folder_.path() / one);
    const auto all = find_submissions(paths);
    if (all.ok()) return "";
    EXPECT_EQ(all.error().fault, Fault::user);
    return all.error().where + ": " + all.error().what;
  }

  testing::Folder folder_;
};

TEST_F(FindSubmissions, NamesFoldersAndArchivesByTheirNames) {
  touch("ada/net.cpp");
  touch("bob.tar.gz");
  touch("Eve.Smith.ZIP");
  touch("odd.bin");
  EXPECT_THAT(found({"ada", "bob.tar.gz", "Eve.Smith.ZIP", "odd.bin"}),
              ElementsAre("ada", "bob!", "Eve.Smith!", "odd.bin!"));
  EXPECT_THAT(found({"ada/"}), ElementsAre("ada"));
  EXPECT_THAT(found({"ada/."}), ElementsAre("ada"));
  std::filesystem::create_directory_symlink(folder_.path() / "ada", folder_.path() / "linked");
  EXPECT_THAT(found({"linked"}), ElementsAre("linked"));
}

TEST_F(FindSubmissions, TakesEachEntryOfAClass) {
  touch("class/ada/net.cpp");
  touch("class/bob.zip");
  touch("class/cleo.rar");
  touch("class/.hidden/net.cpp");
  std::filesystem::create_directory_symlink(folder_.path() / "class/ada",
                                            folder_.path() / "class/dan");
  EXPECT_THAT(found({"class"}), ElementsAre("ada", "bob!", "cleo!", "dan@"));
  touch("folders/ada/net.cpp");
  make("folders/bob");
  EXPECT_THAT(found({"folders"}), ElementsAre("ada", "bob"));
}

TEST_F(FindSubmissions, PassesOverItsOwnOutput) {
  touch("class/ada/net.cpp");
  Grades grades;
  grades.lab = "simplenn";
  make("class/out");
  ASSERT_TRUE(write_file(folder_.path() / "class/out/grades.json", to_json(grades).dump()).ok());
  LabResult result;
  result.lab = "simplenn";
  make("class/gradus-simplenn-smoke");
  ASSERT_TRUE(write_result(result, {}, folder_.path() / "class/gradus-simplenn-smoke").ok());
  EXPECT_THAT(found({"class"}), ElementsAre("ada"));
}

/// Who hands in a file of such a name hands in a submission all the same: none may be lost.
TEST_F(FindSubmissions, AStudentsOwnFileOfSuchANameHidesNothing) {
  touch("class/ada/net.cpp");
  touch("class/bob/net.cpp");
  touch("class/bob/grades.json");
  touch("class/cleo/result.json");
  LabResult result;
  result.lab = "simplenn";
  make("class/dan");
  ASSERT_TRUE(write_result(result, {}, folder_.path() / "class/dan").ok());
  touch("class/dan/src/net.cpp");
  EXPECT_THAT(found({"class"}), ElementsAre("ada", "bob", "cleo", "dan"));
}

/// Else all students' sources would be one plugin, and nobody would get a row.
TEST_F(FindSubmissions, ASourceBesideAClassIsNotTakenForOneProject) {
  const auto plugin = [this](const std::string& name, const std::string& macro) {
    touch(name);
    ASSERT_TRUE(write_file(folder_.path() / name, macro + "(Net, net, \"1.0\")").ok());
  };
  plugin("class/ada/net.cpp", "GRADUS_MODEL");
  plugin("class/bob/src/net.cpp", "GRADUS_MODEL");
  touch("class/eve.cpp");
  EXPECT_THAT(error({"class"}), AllOf(HasSubstr("beside 'eve.cpp'"), HasSubstr("2 submissions")));
  plugin("project/model/net.cpp", "GRADUS_MODEL");
  plugin("project/swish/swish.cpp", "GRADUS_ACTIVATION");
  touch("project/common.hpp");
  EXPECT_THAT(found({"project"}), ElementsAre("project"));
}

TEST_F(FindSubmissions, TellsOneProjectFromAClass) {
  touch("flat/net.cpp");
  touch("flat/data.zip");
  EXPECT_THAT(found({"flat"}), ElementsAre("flat"));
  touch("parts/src/net.cpp");
  touch("parts/include/net.hpp");
  EXPECT_THAT(found({"parts"}), ElementsAre("parts"));
  touch("readme/README.md");
  touch("readme/mynet/net.cpp");
  EXPECT_THAT(found({"readme"}), ElementsAre("readme"));
  make("empty");
  touch("text/report.pdf");
  EXPECT_THAT(found({"empty", "text"}), ElementsAre("empty", "text"));
}

TEST_F(FindSubmissions, NeverGluesTwoStudentsTogether) {
  touch("class/ada/net.cpp");
  touch("class/bob/net.cpp");
  touch("class/notes.txt");
  EXPECT_THAT(error({"class"}), AllOf(HasSubstr("2 submissions"), HasSubstr("notes.txt")));
}

TEST_F(FindSubmissions, NamesBothOfOneName) {
  touch("a/ada/net.cpp");
  touch("b/ada.zip");
  EXPECT_THAT(error({"a/ada", "b/ada.zip"}), AllOf(HasSubstr("a/ada"), HasSubstr("b/ada.zip")));
  EXPECT_THAT(error({"a/ada", "a/ada"}), HasSubstr("two submissions"));
}

TEST_F(FindSubmissions, RefusesWhatIsNotThereOrHasNoName) {
  EXPECT_THAT(error({"nobody"}), HasSubstr("nobody"));
  touch(".secret.zip");
  EXPECT_THAT(error({".secret.zip"}), HasSubstr("begin with '.'"));
  EXPECT_THAT(error({}), HasSubstr("no submissions"));
}

}  // namespace
}  // namespace gradus::grader
