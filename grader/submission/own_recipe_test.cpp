#include "grader/submission/own_recipe.hpp"

#include <gmock/gmock.h>

#include "grader/submission/open.hpp"
#include "grader/testing.hpp"

namespace gradus::grader {
namespace {

using ::testing::HasSubstr;

class OwnRecipeFile : public ::testing::Test {
 protected:
  void put(const std::string& name, const std::string& text) {
    const auto path = folder_.path() / name;
    ASSERT_TRUE(make_folder(path.parent_path()).ok());
    ASSERT_TRUE(write_file(path, text).ok());
  }
  Result<std::optional<lab::OwnRecipe>> read(std::vector<std::string> allowed = {"epochs"}) {
    lab::Lab lab;
    lab.own_recipe.allowed = std::move(allowed);
    lab.own_recipe.budget["epochs"] = 10;
    return own_recipe_of(folder_.path(), lab);
  }
  std::string why() {
    const auto own = read();
    EXPECT_FALSE(own.ok());
    if (own.ok()) return "";
    EXPECT_EQ(own.error().fault, Fault::submission);
    return own.error().text();
  }
  testing::Folder folder_;
};

TEST_F(OwnRecipeFile, NoneIsNoMistake) {
  put("net.cpp", "");
  ASSERT_TRUE(read().ok());
  EXPECT_FALSE(read()->has_value());
}

TEST_F(OwnRecipeFile, LiesAnywhereInTheSubmission) {
  put("ada/src/recipe.toml", "epochs = 7\n");
  const auto own = read();
  ASSERT_TRUE(own.ok() && own->has_value());
  EXPECT_EQ((*own)->values.at("epochs"), Json(7));
}

TEST_F(OwnRecipeFile, OfALabThatTakesNoneIsNotRead) {
  put("recipe.toml", "nonsense");
  ASSERT_TRUE(read({}).ok());
  EXPECT_FALSE(read({})->has_value());
}

TEST_F(OwnRecipeFile, MistakesNameFileLineAndColumn) {
  put("src/recipe.toml", "\nepochs = 11\n");
  EXPECT_THAT(why(),
              HasSubstr("src/recipe.toml:2:10: epochs: found the integer 11, wanted at most"));
}

TEST_F(OwnRecipeFile, TwoAreAMistake) {
  put("a/recipe.toml", "epochs = 1\n");
  put("b/recipe.toml", "epochs = 2\n");
  EXPECT_THAT(why(), HasSubstr("a/recipe.toml: found a second recipe, b/recipe.toml"));
}

TEST_F(OwnRecipeFile, AnotherSpellingIsAMistake) {
  put("Recipe.TOML", "epochs = 1\n");
  EXPECT_THAT(why(), HasSubstr("Recipe.TOML: found this name, wanted recipe.toml"));
}

TEST_F(OwnRecipeFile, LinksAreNotFollowed) {
  put("elsewhere.txt", "epochs = 1\n");
  std::filesystem::create_symlink(folder_.path() / "elsewhere.txt", folder_.path() / "recipe.toml");
  EXPECT_THAT(why(), HasSubstr("found a link"));
}

TEST_F(OwnRecipeFile, TooLargeIsAMistake) {
  put("recipe.toml", std::string(70'000, '#'));
  EXPECT_THAT(why(), HasSubstr("at most 64 KiB"));
}

TEST_F(OwnRecipeFile, BuildAndHiddenFoldersArePassedOver) {
  put("build/recipe.toml", "epochs = 1\n");
  put(".old/recipe.toml", "epochs = 1\n");
  ASSERT_TRUE(read().ok());
  EXPECT_FALSE(read()->has_value());
}

TEST_F(OwnRecipeFile, BelongsToWhatWasHandedIn) {
  put("net.cpp", "int x;");
  const Submission submission{"ada", folder_.path(), false, false};
  const std::string without = content_hash(submission);
  put("recipe.toml", "epochs = 1\n");
  const std::string with = content_hash(submission);
  put("recipe.toml", "epochs = 2\n");
  EXPECT_NE(without, with);
  EXPECT_NE(with, content_hash(submission)) << "a changed recipe is graded again";
}

}  // namespace
}  // namespace gradus::grader
