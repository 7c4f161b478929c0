#include <gmock/gmock.h>

#include "framework/lab/testing.hpp"

namespace gradus::lab {
namespace {

using testing::complaint;
using ::testing::HasSubstr;
using testing::kLab;
using testing::read;
using testing::replaced;

std::string compared_with(const std::string& task) {
  return replaced(kLab, R"(arm = { "optimizer.lr" = 1.0 })",
                  R"(arm = { "optimizer.lr" = 1.0 }
with = ")" + task + "\"");
}

TEST(LabRubric, AnotherTaskIsNamedByItsId) {
  const auto lab = read(compared_with("l2_sweep"));
  ASSERT_TRUE(lab.ok()) << lab.error().what;
  EXPECT_EQ(lab->rubric.at(1).options.at("with"), "l2_sweep");
}

TEST(LabRubric, AnotherTaskIsOneThatIsThereAndOfTheRightKind) {
  EXPECT_THAT(
      complaint(compared_with("l2_swep")),
      HasSubstr("rubric.rates.with: found the text \"l2_swep\", wanted another task of kind train: "
                "one of l2_sweep (did you mean 'l2_sweep'?)"));
  EXPECT_THAT(complaint(compared_with("sanity")),
              HasSubstr("found the text \"sanity\", wanted another"));
  EXPECT_THAT(complaint(compared_with("lr_sweep")),
              HasSubstr("found the text \"lr_sweep\", wanted another"));
}

}  // namespace
}  // namespace gradus::lab
