#include <gmock/gmock.h>

#include "framework/core/files.hpp"
#include "framework/lab/testing.hpp"

namespace gradus::lab {
namespace {

using ::testing::HasSubstr;
using testing::kLab;
using testing::replaced;

const std::string kPrivate = R"([private]
lab = "demo"
secret = "0123456789abcdef"

[rubric.loss]
mean = 2.2
points = 4

[rubric.rates]
title = "Rates"

[[add.task]]
id = "extra"
kind = "probe"
probes = ["shape"]

[[add.rubric]]
id = "extra_loss"
points = 1
check = "loss"
task = "extra"
mean = 2.3
visibility = "visible"

[[add.figure]]
kind = "layers"
task = "extra"

[profile.quick]
rubric.rates.best.at_most = 0.5
)";

Result<Lab> read(const std::string& overlay, const std::string& profile = "full",
                 const std::string& lab = kLab, const std::vector<Override>& overrides = {}) {
  const testing::Folder folder;
  return read_lab(folder.file("lab.toml", lab), profile, testing::words(), overrides,
                  folder.file("private.toml", overlay));
}

Lab good(const std::string& overlay = kPrivate, const std::string& profile = "full",
         const std::vector<Override>& overrides = {}) {
  auto lab = read(overlay, profile, kLab, overrides);
  EXPECT_TRUE(lab.ok()) << (lab.ok() ? "" : lab.error().text());
  return lab.ok() ? std::move(*lab) : Lab{};
}

TEST(PrivateOverlay, AddsTasksItemsAndFiguresThatAreHiddenByDefault) {
  const Lab lab = good();
  ASSERT_EQ(lab.tasks.size(), 4U);
  EXPECT_EQ(lab.tasks[3].id, "extra");
  EXPECT_EQ(lab.tasks[3].visibility, "hidden");
  ASSERT_EQ(lab.rubric.size(), 3U);
  EXPECT_EQ(lab.rubric[2].visibility, "visible") << "it says so";
  EXPECT_FALSE(lab.rubric[2].details_private);
  ASSERT_EQ(lab.figures.size(), 2U);
  EXPECT_EQ(lab.figures[0].visibility, "visible");
  EXPECT_EQ(lab.figures[1].visibility, "hidden");
}

TEST(PrivateOverlay, ChangesStandAboveTheProfileAndBelowSet) {
  EXPECT_EQ(good().rubric[0].options.at("mean"), Json(2.2));
  EXPECT_EQ(good().rubric[0].points, 4);
  EXPECT_EQ(good(kPrivate, "quick").rubric[1].options.at("best").at("at_most"), Json(0.5))
      << "the lab's own profile says 0.05";
  EXPECT_EQ(good(kPrivate, "full", {{"rubric.loss.mean", "2.1"}}).rubric[0].options.at("mean"),
            Json(2.1));
  EXPECT_EQ(good(replaced(kPrivate, "[private]", "recipe.epochs = 4\n[private]"), "quick")
                .tasks[1]
                .recipe.epochs,
            4)
      << "as it stands, not scaled";
}

TEST(PrivateOverlay, MarksItemsWhoseDetailsItDecides) {
  const Lab lab = good();
  EXPECT_TRUE(lab.rubric[0].details_private);
  EXPECT_FALSE(lab.rubric[1].details_private) << "only the title changed";
  EXPECT_TRUE(good(kPrivate, "quick").rubric[1].details_private);
}

TEST(PrivateOverlay, MayBringAProfile) {
  const Lab lab = good(kPrivate + "\n[profile.exam]\nrecipe.epochs = 2\n", "exam");
  EXPECT_EQ(lab.tasks[2].recipe.epochs, 2);
  EXPECT_THAT(lab.profiles, ::testing::Contains("exam"));
}

TEST(PrivateOverlay, SeedsComeFromTheSecret) {
  const Lab lab = good();
  EXPECT_TRUE(lab.secret_seed);
  EXPECT_NE(lab.seed, 7U);
  EXPECT_EQ(lab.seed, good().seed);
  EXPECT_NE(lab.seed, good(replaced(kPrivate, "0123456789abcdef", "0123456789abcdeg")).seed);
  const Lab plain = good(replaced(kPrivate, "secret = \"0123456789abcdef\"\n", ""));
  EXPECT_EQ(plain.seed, 7U);
  EXPECT_FALSE(plain.secret_seed);
  EXPECT_FALSE(plain.private_hash.empty());
}

struct Wrong {
  const char *from, *to;
  std::vector<std::string> wanted;
};
void PrintTo(const Wrong& wrong, std::ostream* out) {
  *out << testing::words_of(*wrong.to != 0 ? wrong.to : wrong.from);
}
class WrongOverlay : public ::testing::TestWithParam<Wrong> {};

TEST_P(WrongOverlay, IsNamedWithItsOwnPlace) {
  const auto lab = read(replaced(kPrivate, GetParam().from, GetParam().to));
  ASSERT_FALSE(lab.ok()) << GetParam().to;
  EXPECT_EQ(lab.error().fault, Fault::user);
  for (const std::string& part : GetParam().wanted)
    EXPECT_THAT(lab.error().text(), HasSubstr(part));
}

INSTANTIATE_TEST_SUITE_P(
    All, WrongOverlay,
    ::testing::Values(
        Wrong{"lab = \"demo\"",
              "lab = \"other\"",
              {"private.toml:", "found an overlay of the lab 'other', wanted one of 'demo'"}},
        Wrong{"lab = \"demo\"\n", "", {"private.toml:1:1: found no 'lab' in [private]"}},
        Wrong{
            "[private]\nlab = \"demo\"\nsecret = \"0123456789abcdef\"", "", {"found no [private]"}},
        Wrong{"0123456789abcdef", "short", {"private.toml:3:10: private.secret", "at least 16"}},
        Wrong{"secret =", "secrt =", {"private.toml:3:1", "did you mean 'secret'?"}},
        Wrong{"mean = 2.2", "men = 2.2", {"private.toml:6:1", "did you mean 'mean'?"}},
        Wrong{"[rubric.loss]", "[rubric.los]", {"unknown rubric 'los'", "did you mean 'loss'?"}},
        Wrong{"[[add.task]]", "[[add.tsk]]", {"in [add]", "did you mean 'task'?"}},
        Wrong{"id = \"extra\"", "id = \"sanity\"", {"private.toml:13:6", "a second task 'sanity'"}},
        Wrong{"task = \"extra\"\nmean", "task = \"extr\"\nmean", {"private.toml:21:8"}},
        Wrong{"best.at_most = 0.5", "best.at_mst = 0.5", {"private.toml:30:"}},
        Wrong{"[[add.figure]]", "[nonsense]", {"unknown key 'nonsense' at the top"}},
        Wrong{"kind = \"layers\"", "kind = ", {"private.toml:26:", "not TOML"}}),
    testing::kCaseName);

TEST(PrivateOverlay, AFileThatIsNotThereIsAnError) {
  const testing::Folder folder;
  const auto lab = read_lab(folder.file("lab.toml", kLab), "", testing::words(), {},
                            folder.path() / "none.toml");
  ASSERT_FALSE(lab.ok());
  EXPECT_THAT(lab.error().text(), HasSubstr("wanted a private overlay of a lab"));
}

}  // namespace
}  // namespace gradus::lab
