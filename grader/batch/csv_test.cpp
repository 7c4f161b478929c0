#include "grader/batch/csv.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "framework/core/text.hpp"

namespace gradus::grader {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

Grades with(GradedSubmission row) {
  Grades grades;
  grades.items = {{"shape", "Shape", 1, false}, {"early", "Early", 2, true}};
  grades.submissions = {std::move(row)};
  return grades;
}

std::string line_of(const std::string& name, const std::string& message = "") {
  GradedSubmission row;
  row.name = name;
  row.message = message;
  row.state = GradeState::graded;
  row.score = 2.5;
  row.maximum = 1;
  row.bonus = 1.5;
  row.points = {{"shape", 1}, {"early", 1.5}};
  row.seconds = 12.34;
  return split(grades_csv(with(row)), '\n')[1];
}

TEST(GradesCsv, HasOneColumnAnItemAndCrLf) {
  const std::string csv = grades_csv(with({}));
  EXPECT_THAT(csv, StartsWith("submission,state,score,maximum,bonus,points.shape,points.early,"
                              "message,seconds\r\n"));
  EXPECT_TRUE(csv.ends_with("\r\n"));
  EXPECT_EQ(line_of("ada"), "ada,graded,2.5,1,1.5,1,1.5,,12.3\r");
}

TEST(GradesCsv, LeavesWhatIsNotGradedEmpty) {
  GradedSubmission row;
  row.name = "ada";
  row.maximum = 3;
  row.points = {{"shape", 1}};
  EXPECT_EQ(split(grades_csv(with(row)), '\n')[1], "ada,not_graded,,3,,1,,,0.0\r");
}

TEST(GradesCsv, QuotesAsRfc4180Says) {
  EXPECT_THAT(line_of("Ng, Ada"), StartsWith("\"Ng, Ada\",graded"));
  EXPECT_THAT(line_of("a \"b\" c"), StartsWith("\"a \"\"b\"\" c\",graded"));
}

TEST(GradesCsv, LetsNoFormulaThrough) {
  for (const char* text :
       {"=1+1", "+1", "-1", "@SUM(A1)", " =1", "\xC2\xA0=1", "'=1", "\"=1", "＝1", "|calc"}) {
    const std::string line = line_of(text, text);
    EXPECT_THAT(line, StartsWith("\"'")) << text;
    EXPECT_THAT(line, HasSubstr(",\"'")) << text;
  }
  EXPECT_THAT(line_of("ada", "loss = 1"), HasSubstr(",loss = 1,")) << "inside it is text";
}

TEST(GradesCsv, KeepsEveryRecordOnOneLine) {
  const std::string csv = grades_csv(with({.name = "a\r\nb\t\033[31m\xFF", .message = "x\ny"}));
  EXPECT_EQ(split(csv, '\n').size(), 3U) << csv;
  EXPECT_EQ(csv.find('\033'), std::string::npos);
}

}  // namespace
}  // namespace gradus::grader
