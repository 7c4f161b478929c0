#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "framework/lab/testing.hpp"

namespace gradus::lab {
namespace {

using ::testing::HasSubstr;

std::string complaint_of(const std::string& reported) {
  return testing::complaint(
      testing::replaced(testing::kLab, "trials = 2", "trials = 2\nreported = " + reported));
}

TEST(LabReader, TheDocumentsFiguresAreFractionsOneAnArm) {
  EXPECT_EQ(complaint_of("{ val_accuracy = [0.1, 0.7, 0.72], source = \"table 2\" }"), "");
  EXPECT_THAT(complaint_of("{ val_accuracy = [0.1, 0.7] }"),
              HasSubstr("found 2 numbers, wanted one for each of the 3 arms"));
  EXPECT_THAT(complaint_of("{ val_accuracy = [10.4, 69.7, 71.8] }"),
              HasSubstr("wanted a list of numbers, each from 0 to 1"));
}

}  // namespace
}  // namespace gradus::lab
