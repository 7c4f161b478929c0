#include "reports/model/arm_view.hpp"

#include <gtest/gtest.h>

#include "reports/testing/folder.hpp"
#include "reports/testing/sample.hpp"

namespace gradus::reports {
namespace {

struct Read {
  explicit Read(const testing::Sample& sample) {
    EXPECT_TRUE(testing::write_sample(sample, folder.path()).ok());
    auto loaded = load(folder.path());
    EXPECT_TRUE(loaded.ok()) << (loaded.ok() ? "" : loaded.error().text());
    if (loaded.ok()) data = std::move(*loaded);
    tasks = task_views(data);
  }
  testing::TestFolder folder;
  ReportData data;
  std::vector<TaskView> tasks;
};

TEST(ArmView, TrialsOfOneArmStandTogether) {
  const Read read(testing::course_sample());
  const auto arms = arms_of(read.tasks[0]);
  ASSERT_EQ(arms.size(), 1U);
  EXPECT_EQ(arms[0].runs.size(), 3U);
  EXPECT_TRUE(read.tasks[0].several_trials());
  EXPECT_FALSE(read.tasks[0].sweep());
  EXPECT_DOUBLE_EQ(arms[0].reported.value_or(0), 0.6584);
}

TEST(ArmView, ArmsKeepTheLabsOrderAndTheDocumentsFigures) {
  const Read read(testing::course_sample());
  const auto arms = arms_of(read.tasks[2]);
  ASSERT_EQ(arms.size(), 2U);
  EXPECT_DOUBLE_EQ(arms[0].reported.value_or(0), 0.63);
  EXPECT_DOUBLE_EQ(arms[1].reported.value_or(0), 0.7308);
  EXPECT_EQ(arms[1].number, 1U);
}

TEST(ArmView, DeviationIsThatOfThePopulation) {
  testing::Sample sample = testing::course_sample();
  const double accuracies[] = {0.60, 0.66, 0.63};
  std::size_t at = 0;
  for (std::size_t i = 0; i < sample.result.runs.size(); ++i) {
    if (sample.result.runs[i].task == "baseline") {
      sample.runs[i].evidence.scores["best_val"].accuracy = accuracies[at++];
    }
  }
  const Read read(sample);
  const auto spread = arms_of(read.tasks[0])[0].spread(&RunView::best_val);
  ASSERT_TRUE(spread.has_value());
  EXPECT_NEAR(spread->mean, 0.63, 1e-12);
  EXPECT_NEAR(spread->deviation, 0.0244949, 1e-6);  // sqrt((.03² + .03² + 0) / 3)
  EXPECT_EQ(spread_text(spread),
            "63.00 ±\u00A0"
            "2.45");
  EXPECT_EQ(spread_text(Spread{0.63, 0, 1}), "63.00");
  EXPECT_EQ(spread_text(std::nullopt), "–");
}

TEST(ArmView, TheCurveIsTheMeanOfTheTrials) {
  testing::Sample sample = testing::course_sample();
  double sum = 0;
  for (std::size_t i = 0; i < sample.result.runs.size(); ++i) {
    if (sample.result.runs[i].task == "baseline")
      sum += *sample.runs[i].evidence.epochs[4].val_accuracy;
  }
  const Read read(sample);
  const auto curve = arms_of(read.tasks[0])[0].curve(&EpochRecord::val_accuracy, 100);
  EXPECT_NEAR(curve.at(4)[1], sum / 3 * 100, 1e-9);
}

TEST(TaskView, ADivergedRunNeverStandsForItsTask) {
  testing::Sample sample = testing::tuning_sample();
  sample.runs[0].evidence.epochs[1].val_accuracy = 0.99;  // before it diverged
  const Read read(sample);
  ASSERT_NE(read.tasks[0].main_run(), nullptr);
  EXPECT_FALSE(read.tasks[0].main_run()->diverged());
}

TEST(ValueText, WritesExponentsAsPeopleDo) {
  EXPECT_EQ(value_text(Json(1e-5)), "1e-5");
  EXPECT_EQ(value_text(Json(1e-12)), "1e-12");
  EXPECT_EQ(value_text(Json(0.01)), "0.01");
}

TEST(WithKeyTitles, ReplacesWholeKeysOnly) {
  EXPECT_EQ(with_key_titles("best optimizer.lr 1 (optimizer.weight_decay = 0)"),
            "best learning rate 1 (weight decay = 0)");
  EXPECT_EQ(with_key_titles("optimizer.lr_decay my.optimizer.lr batch"),
            "optimizer.lr_decay my.optimizer.lr batch");
}

}  // namespace
}  // namespace gradus::reports
