#include "reports/model/report_data.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "framework/core/files.hpp"
#include "reports/testing/folder.hpp"
#include "reports/testing/sample.hpp"

namespace gradus::reports {
namespace {

using ::testing::HasSubstr;

class LoadFolder : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(testing::write_sample(sample, folder.path()).ok());
    run = folder.path() / "runs" / sample.runs[1].evidence.run_hash;
    ASSERT_TRUE(load(folder.path()).ok());
  }
  /// The error must name the file and say what is wrong.
  void expect_error(const std::string& file) {
    const auto data = load(folder.path());
    ASSERT_FALSE(data.ok());
    EXPECT_THAT(data.error().where + data.error().what, HasSubstr(file));
    EXPECT_FALSE(data.error().what.empty());
  }
  void cut(const fs::path& file) {
    auto text = read_file(file);
    ASSERT_TRUE(text.ok());
    ASSERT_TRUE(write_file(file, text->substr(0, text->size() / 2)).ok());
  }
  testing::Sample sample = testing::simplenn_sample();
  testing::TestFolder folder;
  fs::path run;
};

TEST_F(LoadFolder, ReadsMistakesInOrder) {
  const auto data = load(folder.path());
  ASSERT_TRUE(data.ok());
  const Mistakes& mistakes = data->mistakes.at(sample.runs[1].evidence.run_hash);
  EXPECT_EQ(mistakes.count, 24);
  EXPECT_EQ(mistakes.labels[3], 3);
  EXPECT_EQ(mistakes.images.size(), 24U * 32 * 32 * 3);
}

TEST_F(LoadFolder, MissingEvidence) {
  fs::remove(run / "run.json");
  expect_error("run.json");
}

TEST_F(LoadFolder, CutEvidence) {
  cut(run / "run.json");
  expect_error("run.json");
}

TEST_F(LoadFolder, CutPictures) {
  cut(run / "mistakes_images.npy");
  expect_error("mistakes_images.npy");
}

TEST_F(LoadFolder, PicturesWithoutTheirLabels) {
  fs::remove(run / "mistakes_labels.npy");
  expect_error("mistakes_labels.npy");
}

TEST_F(LoadFolder, CutResult) {
  cut(folder.path() / "result.json");
  expect_error("result.json");
}

TEST_F(LoadFolder, AHashThatLeadsElsewhere) {
  for (const char* hash : {"../../etc", "", "ABC", "a/b"}) {
    sample.result.runs[1].run_hash = hash;
    ASSERT_TRUE(write_file(folder.path() / "result.json", to_json(sample.result).dump()).ok());
    expect_error("run_hash");
  }
}

TEST_F(LoadFolder, AMissingRunNeedsNoEvidence) {
  sample.result.runs[1].status = "missing";
  fs::remove_all(run);
  ASSERT_TRUE(write_file(folder.path() / "result.json", to_json(sample.result).dump()).ok());
  EXPECT_TRUE(load(folder.path()).ok());
}

TEST(ClassName, FallsBackToTheNumber) {
  ReportData data;
  data.result.classes = {"cat"};
  EXPECT_EQ(data.class_name(0), "cat");
  EXPECT_EQ(data.class_name(7), "7");
  EXPECT_EQ(data.class_name(-1), "-1");
}

}  // namespace
}  // namespace gradus::reports
