#include "reports/model/reported.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "framework/core/files.hpp"
#include "reports/model/report_data.hpp"
#include "reports/testing/folder.hpp"
#include "reports/testing/sample.hpp"

namespace gradus::reports {
namespace {

using ::testing::HasSubstr;

LabResult with(const Json& reported) {
  LabResult result;
  result.tasks = {{"baseline", "Baseline", "train", "", {}, reported}};
  return result;
}

TEST(Reported, OneFigureOrOneAnArm) {
  const LabResult one = with({{"val_accuracy", 0.6584}, {"source", "table 2"}});
  const auto single = reported_of(one, "result.json");
  ASSERT_TRUE(single.ok());
  EXPECT_DOUBLE_EQ(single->at("baseline").val_accuracy.at(0).value_or(0), 0.6584);
  EXPECT_EQ(single->at("baseline").source, "table 2");
  EXPECT_FALSE(single->at("baseline").trained_less);
  const LabResult less = with({{"val_accuracy", 0.6584}, {"trained_less", true}});
  EXPECT_TRUE(reported_of(less, "result.json")->at("baseline").trained_less);

  const LabResult list = with({{"val_accuracy", {0.104, nullptr, 0.7}}});
  const auto several = reported_of(list, "result.json");
  ASSERT_TRUE(several.ok());
  ASSERT_EQ(several->at("baseline").val_accuracy.size(), 3U);
  EXPECT_FALSE(several->at("baseline").val_accuracy[1].has_value());
}

TEST(Reported, WrongValuesAreNamed) {
  for (const Json& bad : {Json(0.6584), Json{{"val_accuracy", "65"}}, Json{{"val_accuracy", 65.84}},
                          Json{{"val_accuracy", {-1}}}, Json{{"accuracy", 65}}, Json{{"source", 3}},
                          Json{{"trained_less", 1}}}) {
    const LabResult result = with(bad);
    const auto reported = reported_of(result, "result.json");
    ASSERT_FALSE(reported.ok()) << bad.dump();
    EXPECT_THAT(reported.error().text(), HasSubstr("baseline")) << bad.dump();
  }
}

class Histograms : public ::testing::Test {
 protected:
  void write(const std::string& text) { ASSERT_TRUE(write_file(file, text).ok()); }
  testing::TestFolder folder;
  std::filesystem::path file = folder.path() / kHistogramsFile;
};

TEST_F(Histograms, AreReadFromARun) {
  const testing::Sample sample = testing::course_sample();
  ASSERT_TRUE(testing::write_sample(sample, folder.path()).ok());
  const auto data = load(folder.path());
  ASSERT_TRUE(data.ok()) << data.error().text();
  const auto& tensors = data->histograms.at(sample.runs.back().evidence.run_hash);
  ASSERT_EQ(tensors.size(), 5U);
  EXPECT_EQ(tensors[2].name, "fc1.weight");
  EXPECT_GT(tensors[2].total(), 60'000);
}

TEST_F(Histograms, DamageIsNamed) {
  const std::string one = R"({"name": "w", "low": -1, "high": 1, "counts": [1], "near_zero": 0})";
  const auto file_of = [](const std::string& tensor) {
    return R"({"schema": "gradus.histograms/1", "tensors": [)" + tensor + "]}";
  };
  write(file_of(one));
  EXPECT_TRUE(read_histograms(file).ok());
  for (const std::string& bad :
       {std::string("{"), std::string("[]"), std::string(R"({"schema": "x/1", "tensors": []})"),
        file_of(R"({"name": "w"})"),
        file_of(R"({"name": "w", "low": 1, "high": 1, "counts": [1], "near_zero": 0})"),
        file_of(R"({"name": "w", "low": -1, "high": 1, "counts": [], "near_zero": 0})"),
        file_of(R"({"name": "w", "low": -1, "high": 1, "counts": [-1], "near_zero": 0})"),
        file_of(R"({"name": "w", "low": -1, "high": 1, "counts": [1], "near_zero": 2})")}) {
    write(bad);
    const auto read = read_histograms(file);
    ASSERT_FALSE(read.ok()) << bad;
    EXPECT_THAT(read.error().text(), HasSubstr(kHistogramsFile)) << bad;
  }
}

}  // namespace
}  // namespace gradus::reports
