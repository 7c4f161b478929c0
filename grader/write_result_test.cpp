#include <gmock/gmock.h>

#include "grader/grader.hpp"
#include "grader/testing.hpp"

namespace gradus::grader {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

class WriteResult : public ::testing::Test {
 protected:
  WriteResult() {
    result_.lab = "demo";
    result_.state = "graded";
    EXPECT_TRUE(make_folder(folder_.path() / "evidence").ok());
    EXPECT_TRUE(
        write_evidence(folder_.path() / "evidence", testing::trained(0.6), Observed{}).ok());
    entries_ = {{"abc", folder_.path() / "evidence", std::nullopt},
                {"abc", folder_.path() / "evidence", std::nullopt},
                {"def", {}, Failure{}}};
    out_ = folder_.path() / "out";
  }
  Status write() { return write_result(result_, entries_, out_); }
  void expect_no_litter() {
    for (const auto& entry : fs::directory_iterator(folder_.path())) {
      EXPECT_FALSE(entry.path().filename().string().starts_with(".")) << entry.path();
    }
  }

  testing::Folder folder_;
  LabResult result_;
  std::vector<executor::Entry> entries_;
  fs::path out_;
};

TEST_F(WriteResult, HoldsResultAndEvidenceOnceEach) {
  const Status status = write();
  ASSERT_TRUE(status.ok()) << status.error().text();
  EXPECT_TRUE(read_result(out_).ok());
  EXPECT_TRUE(read_evidence(out_ / "runs" / "abc").ok());
  EXPECT_FALSE(fs::exists(out_ / "runs" / "def"));
  expect_no_litter();
}

TEST_F(WriteResult, ReplacesAnOlderResultAndKeepsAPersonsFiles) {
  ASSERT_TRUE(write().ok());
  ASSERT_TRUE(write_file(out_ / "report.html", "old").ok());
  ASSERT_TRUE(write_file(out_ / "notes.txt", "mine").ok());
  ASSERT_TRUE(make_folder(out_ / "runs" / "old").ok());
  result_.lab = "second";
  const Status status = write_result(result_, entries_, out_ / "");
  ASSERT_TRUE(status.ok()) << status.error().text();
  EXPECT_EQ(read_result(out_)->lab, "second");
  EXPECT_FALSE(fs::exists(out_ / "report.html")) << "a report of other numbers must not stay";
  EXPECT_FALSE(fs::exists(out_ / "runs" / "old"));
  EXPECT_EQ(*read_file(out_ / "notes.txt"), "mine");
  expect_no_litter();
}

TEST_F(WriteResult, TakesAnEmptyFolder) {
  ASSERT_TRUE(make_folder(out_).ok());
  EXPECT_TRUE(write().ok());
  EXPECT_TRUE(read_result(out_).ok());
}

TEST_F(WriteResult, AnotherLabsResultIsNotReplaced) {
  ASSERT_TRUE(write().ok());
  EXPECT_TRUE(check_result_folder(out_, "demo").ok());
  const Status other = check_result_folder(out_, "tuning");
  ASSERT_FALSE(other.ok());
  EXPECT_EQ(other.error().fault, Fault::user);
  EXPECT_THAT(other.error().what, HasSubstr("a result of the lab 'demo'"));
}

TEST_F(WriteResult, NeverTouchesWhatIsNoResult) {
  ASSERT_TRUE(make_folder(out_).ok());
  ASSERT_TRUE(write_file(out_ / "thesis.tex", "years of work").ok());
  const Status folder = write();
  ASSERT_FALSE(folder.ok());
  EXPECT_EQ(folder.error().fault, Fault::user);
  EXPECT_THAT(folder.error().what, HasSubstr("no result of Gradus"));
  ASSERT_TRUE(write_file(out_ / "result.json", "{}").ok());
  EXPECT_FALSE(write().ok()) << "another program's result.json";
  EXPECT_EQ(*read_file(out_ / "thesis.tex"), "years of work");
  EXPECT_FALSE(write_result(result_, entries_, out_ / "thesis.tex").ok()) << "a file";
  EXPECT_FALSE(write_result(result_, entries_, "/").ok());
  expect_no_litter();
}

TEST_F(WriteResult, NamesAPlaceThatCannotBeWrittenBeforeTheWork) {
  ASSERT_TRUE(write_file(out_.parent_path() / "file", "x").ok());
  const auto below = check_result_folder(out_.parent_path() / "file" / "deep" / "er");
  ASSERT_FALSE(below.ok());
  EXPECT_EQ(below.error().fault, Fault::user);
  EXPECT_NE(below.error().what.find("file' on the way there"), std::string::npos);
  const auto proc = check_result_folder("/proc/nothing/there");
  ASSERT_FALSE(proc.ok()) << "root may write everywhere, but not there";
  EXPECT_EQ(proc.error().fault, Fault::user);
  EXPECT_TRUE(check_result_folder(out_).ok());
  EXPECT_FALSE(fs::exists(out_)) << "asking leaves nothing behind";
}

TEST_F(WriteResult, WholeOrNotAtAll) {
  ASSERT_TRUE(write().ok());
  result_.lab = "second";
  entries_.push_back({"ghi", folder_.path() / "no such evidence", std::nullopt});
  EXPECT_FALSE(write().ok());
  EXPECT_EQ(read_result(out_)->lab, "demo") << "the older result stays";
  expect_no_litter();
}

}  // namespace
}  // namespace gradus::grader
