#include <gmock/gmock.h>

#include "framework/lab/testing.hpp"

namespace gradus::lab {
namespace {

using ::testing::HasSubstr;

class FindLab : public ::testing::Test {
 protected:
  FindLab() {
    folder_.file("labs/simplenn/lab.toml", "");
    folder_.file("labs/tuning/lab.toml", "");
    folder_.file("labs/check/model.toml", "");
    folder_.file("labs/none/README.md", "");
    folder_.file("own/lab.toml", "");
  }
  testing::Folder folder_;
  std::filesystem::path labs_ = folder_.path() / "labs";
};

TEST_F(FindLab, FindsIdsFoldersAndFiles) {
  EXPECT_EQ(*find_lab(labs_, "tuning"), labs_ / "tuning/lab.toml");
  EXPECT_EQ(*find_lab(labs_, "check/model"), labs_ / "check/model.toml");
  const std::filesystem::path own = folder_.path() / "own";
  EXPECT_EQ(*find_lab(labs_, own.string()), own / "lab.toml");
  EXPECT_EQ(*find_lab(labs_, (own / "lab.toml").string()), own / "lab.toml");
}

TEST_F(FindLab, ListsFoldersWithALabInOrder) {
  EXPECT_THAT(list_labs(labs_),
              ::testing::ElementsAre(labs_ / "simplenn/lab.toml", labs_ / "tuning/lab.toml"));
  EXPECT_TRUE(list_labs(folder_.path() / "nowhere").empty());
}

TEST_F(FindLab, SaysWhatThereIs) {
  for (const std::string name : {"simplen", "", "../own", "none", "/nowhere/lab.toml"}) {
    const auto found = find_lab(labs_, name);
    ASSERT_FALSE(found.ok()) << name;
    EXPECT_THAT(found.error().what, HasSubstr("simplenn or tuning"));
  }
  EXPECT_THAT(find_lab(labs_, "simplen").error().what, HasSubstr("did you mean 'simplenn'?"));
}

}  // namespace
}  // namespace gradus::lab
