#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "reports/figures/figure.hpp"
#include "reports/testing/folder.hpp"
#include "reports/testing/sample.hpp"

namespace gradus::reports {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

/// A result read back from disk, with its tasks.
struct Read {
  explicit Read(const testing::Sample& sample) {
    EXPECT_TRUE(testing::write_sample(sample, folder.path()).ok());
    auto loaded = load(folder.path());
    EXPECT_TRUE(loaded.ok()) << (loaded.ok() ? "" : loaded.error().text());
    if (loaded.ok()) data = std::move(*loaded);
    tasks = task_views(data);
  }
  std::vector<std::string> kinds(std::size_t task) const {
    std::vector<std::string> out;
    for (const Figure& figure : figures_of(tasks.at(task))) out.push_back(figure.kind);
    return out;
  }
  Figure figure(std::size_t task, const std::string& kind) const {
    for (const Figure& figure : figures_of(tasks.at(task))) {
      if (figure.kind == kind) return figure;
    }
    ADD_FAILURE() << "no figure " << kind;
    return {};
  }
  testing::TestFolder folder;
  ReportData data;
  std::vector<TaskView> tasks;
};

TEST(FigureTable, EveryKindIsDrawnForOneOfTheLabs) {
  std::set<std::string> drawn;
  for (const auto& sample :
       {testing::simplenn_sample(), testing::tuning_sample(), testing::course_sample()}) {
    const Read read(sample);
    for (std::size_t i = 0; i < read.tasks.size(); ++i) {
      for (const auto& kind : read.kinds(i)) drawn.insert(kind);
    }
  }
  for (const FigureKind& row : figure_table()) EXPECT_TRUE(drawn.contains(row.kind)) << row.kind;
}

TEST(FiguresOf, ProbesHaveNoneAndATrainingHasCurves) {
  const Read read(testing::simplenn_sample());
  EXPECT_THAT(read.kinds(0), IsEmpty());
  EXPECT_THAT(read.kinds(1), ElementsAre("curves", "confusion", "calibration", "mistakes"));
}

TEST(FiguresOf, ARunThatFailedAtOnceHasNoEmptyFigures) {
  const Read read(testing::crashed_sample());
  EXPECT_THAT(read.kinds(1), IsEmpty());
}

TEST(FiguresOf, NothingRanNothingIsDrawn) {
  const Read read(testing::unbuilt_sample());
  EXPECT_THAT(read.kinds(0), IsEmpty());
  EXPECT_THAT(read.kinds(1), IsEmpty());
}

TEST(FiguresOf, TheLabGivesTitleAndCaption) {
  testing::Sample sample = testing::simplenn_sample();
  sample.result.figures.push_back({"curves", "baseline", "A title of the lab", "Its caption.", ""});
  const Figure figure = Read(sample).figure(1, "curves");
  EXPECT_EQ(figure.title, "A title of the lab");
  EXPECT_THAT(figure.caption, HasSubstr("Its caption."));
}

TEST(FiguresOf, FileNamesCannotLeaveTheFolder) {
  testing::Sample sample = testing::simplenn_sample();
  sample.result.tasks[1].id = sample.result.runs[1].task = "../../etc/x";
  const Figure figure = Read(sample).figure(1, "curves");
  EXPECT_EQ(figure.name.find_first_of("/."), std::string::npos) << figure.name;
}

TEST(Curves, EpochZeroIsThereAndTheBestIsMarked) {
  const Figure figure = Read(testing::simplenn_sample()).figure(1, "curves");
  EXPECT_THAT(figure.script, HasSubstr("$val << EOD\n0 "));    // validation from epoch 0
  EXPECT_THAT(figure.script, HasSubstr("$train << EOD\n1 "));  // training from epoch 1
  EXPECT_THAT(figure.script, HasSubstr("best: "));
  EXPECT_THAT(figure.csv, HasSubstr("epoch,lr_claimed,train_loss_claimed"));
}

TEST(SweepKey, ZeroStandsADecadeLeftOfTheSmallestValue) {
  const Figure figure = Read(testing::tuning_sample()).figure(1, "sweep");
  EXPECT_THAT(figure.script, HasSubstr("'0' -6"));
  EXPECT_THAT(figure.script, HasSubstr("'1e-5' -5"));
  EXPECT_THAT(figure.caption, HasSubstr("Zero has no place on a logarithmic axis"));
}

TEST(SweepKey, AnArmThatWasStoppedIsASquareApartFromTheLines) {
  const Figure figure = Read(testing::stopped_sample()).figure(0, "sweep");
  EXPECT_THAT(figure.script, HasSubstr("$stopped << EOD"));
  EXPECT_THAT(figure.script, HasSubstr("'stopped early'"));
  EXPECT_THAT(figure.caption, HasSubstr("A square is an arm that was stopped early"));
  const std::size_t best = figure.script.find("$best << EOD\n");
  const std::string rows = figure.script.substr(best, figure.script.find("EOD", best + 10) - best);
  EXPECT_EQ(std::count(rows.begin(), rows.end(), '\n'), 3) << "two arms went to their end" << rows;
  EXPECT_THAT(figure.csv, HasSubstr("stopped_after_epoch"));
  const Figure without = Read(testing::tuning_sample()).figure(0, "sweep");
  EXPECT_THAT(without.script, Not(HasSubstr("stopped")));
  EXPECT_THAT(without.caption, Not(HasSubstr("stopped")));
}

TEST(SweepCurves, ASquareEndsTheCurveOfAnArmThatWasStopped) {
  const Figure figure = Read(testing::stopped_sample()).figure(0, "sweep_curves");
  EXPECT_THAT(figure.script, HasSubstr("'0.01 (stopped)'"));
  EXPECT_THAT(figure.script, HasSubstr("$end4 using 1:2 with points pt 4"));
  EXPECT_THAT(figure.caption, HasSubstr("A square ends the curve"));
  EXPECT_THAT(Read(testing::tuning_sample()).figure(0, "sweep_curves").caption,
              Not(HasSubstr("square")));
}

TEST(SweepKey, ADivergedArmIsACrossAndHasNoAccuracy) {
  const Figure figure = Read(testing::tuning_sample()).figure(0, "sweep");
  EXPECT_THAT(figure.script, HasSubstr("$lost << EOD\n0 "));  // log10 of learning rate 1
  EXPECT_THAT(figure.script, HasSubstr("'1' 0"));
  EXPECT_THAT(figure.caption, HasSubstr("diverged"));
  EXPECT_THAT(figure.csv, HasSubstr("diverged,"));
}

TEST(SweepKey, TheKeyIsTheLearningRateThoughEpochsVaryToo) {
  const Read read(testing::tuning_sample());
  EXPECT_EQ(read.tasks[0].key, "optimizer.lr");
  EXPECT_EQ(read.figure(0, "sweep").title, "Accuracy against learning rate");
}

TEST(SweepCurves, OneCurveAnArm) {
  const Figure figure = Read(testing::tuning_sample()).figure(0, "sweep_curves");
  for (int arm = 0; arm < 8; ++arm) {
    EXPECT_THAT(figure.script, HasSubstr("$arm" + std::to_string(arm) + " <<"));
  }
  EXPECT_THAT(figure.script, HasSubstr("'1 (diverged)'"));
}

TEST(SweepCurves, AGridHasALegendBelowThatFitsAndATrueCaption) {
  const Read read(testing::grid_sample());
  const Figure figure = read.figure(2, "sweep_curves");
  EXPECT_THAT(figure.caption, HasSubstr("One curve for each combination of momentum and learning "
                                        "rate: the mean over its trials."));
  EXPECT_THAT(figure.script, HasSubstr("set label 'momentum 0.9, lr 0.001' at screen "));
  EXPECT_THAT(figure.script, Not(HasSubstr("set key on")));
  EXPECT_GT(figure.height, 250);
  const Figure plain = Read(testing::tuning_sample()).figure(0, "sweep_curves");
  EXPECT_THAT(plain.caption, HasSubstr("One curve for each learning rate."));
  EXPECT_THAT(plain.script, HasSubstr("set key on"));
}

TEST(SweepKey, TheCaptionSaysWhatMarksAndLinesAre) {
  const std::string grid = Read(testing::grid_sample()).figure(2, "sweep").caption;
  EXPECT_THAT(grid, HasSubstr("Each mark is one trial of an arm"));
  EXPECT_THAT(grid, HasSubstr("lines run through the mean of all marks of one momentum"));
  EXPECT_THAT(grid, Not(HasSubstr("Each mark is an arm")));
  EXPECT_THAT(Read(testing::stopped_sample()).figure(1, "sweep").caption,
              HasSubstr("A square is one trial of an arm that was stopped"));
  const std::string plain = Read(testing::tuning_sample()).figure(0, "sweep").caption;
  EXPECT_THAT(plain, HasSubstr("Each mark is an arm"));
  EXPECT_THAT(plain, Not(HasSubstr("lines run")));
}

TEST(SweepKey, FilledMarksAreDrawnOverWiderHollowOnes) {
  const std::string script = Read(testing::tuning_sample()).figure(0, "sweep").script;
  const std::string plot = script.substr(script.rfind("plot "));
  const std::size_t hollow = plot.find("$last using 1:2 with points ls 1 ps 0.95");
  const std::size_t filled = plot.find("$best using 1:2 with points ls 2 ps 0.6");
  ASSERT_NE(hollow, std::string::npos) << plot;
  ASSERT_NE(filled, std::string::npos) << plot;
  EXPECT_LT(hollow, filled);
}

TEST(Arms, FewEpochsAreMarkedSinceALineNeedsTwo) {
  testing::Sample sample = testing::tuning_sample();
  for (auto& run : sample.runs) run.evidence.epochs.resize(2);
  const std::string script = Read(sample).figure(1, "arms").script;
  EXPECT_THAT(script, HasSubstr("$train using 1:2 with linespoints ls 1 ps 0.8"));
  EXPECT_THAT(script, HasSubstr("$val using 1:2 with linespoints ls 2"));
  EXPECT_THAT(Read(testing::tuning_sample()).figure(1, "arms").script,
              HasSubstr("$train using 1:2 with lines ls 1"));
}

TEST(Curves, OneEpochIsAMarkLargeEnoughToSee) {
  const std::string script = Read(testing::grid_sample()).figure(1, "curves").script;
  EXPECT_THAT(script, HasSubstr("$train using 1:2 with linespoints ls 1 ps 0.8"));
}

TEST(Confusion, NamesTheWorstPairAndCountsStandInTheTable) {
  testing::Sample sample = testing::simplenn_sample();
  auto& confusion = sample.runs[1].evidence.scores["best_val"].confusion;
  confusion[3][5] = 499;
  const Figure figure = Read(sample).figure(1, "confusion");
  EXPECT_THAT(figure.caption, HasSubstr("cat for dog (499 times)"));
  EXPECT_THAT(figure.script, HasSubstr("with image pixels"));
  EXPECT_THAT(figure.csv, HasSubstr("499"));
}

TEST(Calibration, SaysHowSureTheNetworkIs) {
  testing::Sample sample = testing::simplenn_sample();
  EXPECT_THAT(Read(sample).figure(1, "calibration").caption, HasSubstr("surer than it is right"));
  for (auto& bin : sample.runs[1].evidence.scores["best_val"].calibration)
    bin.accuracy = bin.confidence;
  EXPECT_THAT(Read(sample).figure(1, "calibration").caption, HasSubstr("about as sure"));
}

TEST(SweepKey, TheDocumentsFiguresAreMarks) {
  const Figure figure = Read(testing::course_sample()).figure(2, "sweep");
  EXPECT_THAT(figure.script, HasSubstr("$reported << EOD\n"));
  EXPECT_THAT(figure.script, HasSubstr("'the document'"));
  EXPECT_THAT(Read(testing::tuning_sample()).figure(0, "sweep").script, Not(HasSubstr("reported")));
}

TEST(SweepCurves, TrialsAreOneCurve) {
  testing::Sample sample = testing::course_sample();
  for (auto& run : sample.result.runs) {
    if (run.task == "baseline")
      run.task = "penalty", run.arm = sample.result.runs.back().arm, ++run.trial;
  }
  const Figure figure = Read(sample).figure(2, "sweep_curves");
  EXPECT_THAT(figure.script, HasSubstr("$arm1 <<"));
  EXPECT_THAT(figure.script, Not(HasSubstr("$arm2 <<")));
  EXPECT_THAT(figure.caption, HasSubstr("mean over its trials"));
}

TEST(LearningRate, IsDrawnOnlyWhereAScheduleChangesIt) {
  const Read read(testing::course_sample());
  EXPECT_THAT(read.kinds(0), Not(::testing::Contains("learning_rate")));
  EXPECT_THAT(read.figure(1, "learning_rate").script, HasSubstr("6 0.009\n"));
}

TEST(Weights, OnePanelAWeightOneLineAnArm) {
  const Figure figure = Read(testing::course_sample()).figure(2, "weights");
  EXPECT_EQ(figure.title, "Weights under L1 and L2");
  EXPECT_THAT(figure.script, HasSubstr("'fc1.weight'"));
  EXPECT_THAT(figure.script, HasSubstr("$w2_1 <<"));
  EXPECT_THAT(figure.script, Not(HasSubstr("$w5_")));
  EXPECT_THAT(figure.csv, HasSubstr("share_below_0.001"));
}

TEST(Weights, OfManyArmsSixAreDrawnAndTheCaptionNamesThemAndTheTableHasAll) {
  const Figure figure = Read(testing::grid_sample()).figure(2, "weights");
  for (const int drawn : {0, 1, 3, 4, 6, 7}) {
    EXPECT_THAT(figure.script, HasSubstr("$w0_" + std::to_string(drawn) + " <<"));
  }
  for (const int left_out : {2, 5}) {
    EXPECT_THAT(figure.script, Not(HasSubstr("$w0_" + std::to_string(left_out) + " <<")));
  }
  EXPECT_THAT(figure.caption, HasSubstr("Drawn are 6 of 8 arms: momentum 0, learning rate 0.1; "));
  EXPECT_THAT(figure.caption, HasSubstr("momentum 0.9, learning rate 0.001; the CSV"));
  for (const char* momentum : {"0", "0.9"}) {
    for (const char* rate : {"0.1", "0.05", "0.01", "0.001"}) {
      const std::string arm = fmt::format("momentum {}, learning rate {}\",", momentum, rate);
      EXPECT_THAT(figure.csv, HasSubstr(arm));
    }
  }
  EXPECT_THAT(Read(testing::course_sample()).figure(2, "weights").caption,
              Not(HasSubstr("Drawn are")));
}

TEST(Weights, TheLegendSaysWhoseSharesAreNearZero) {
  const Figure figure = Read(testing::course_sample()).figure(2, "weights");
  EXPECT_THAT(figure.script, HasSubstr("'L1 0.001, decay 0: 86."));
  EXPECT_THAT(figure.script, HasSubstr("'L1 0, decay 0.001: 1."));
  EXPECT_THAT(figure.caption, HasSubstr("in the order of the legend"));
}

TEST(Weights, ThePanelsHaveRoomForTheSharesOfSixArmsAndTheLegendForTheirNames) {
  const std::string script = Read(testing::grid_sample()).figure(2, "weights").script;
  EXPECT_THAT(script, HasSubstr("'near 0 in %: 2.0, 2.0, 88.5, 2.0, 88.5, 88.5'"));
  EXPECT_THAT(script, HasSubstr("'momentum 0, lr 0.1: "));
  EXPECT_THAT(script, HasSubstr("'momentum 0.9, lr 0.001: "));
  EXPECT_THAT(script, Not(HasSubstr("…")));
}

TEST(Weights, AnAxisHasAtMostFiveLabels) {
  for (const double edge : {0.05, 0.08, 0.1, 0.15, 0.3, 0.9}) {
    testing::Sample sample = testing::course_sample();
    for (auto& run : sample.runs) {
      if (run.histograms.is_null()) continue;
      for (auto& tensor : run.histograms["tensors"]) {
        tensor["low"] = -edge;
        tensor["high"] = edge;
      }
    }
    const std::string script = Read(sample).figure(2, "weights").script;
    const std::size_t at = script.find("set xtics ");
    ASSERT_NE(at, std::string::npos);
    const double step = std::stod(script.substr(at + 10));
    EXPECT_LE(2 * std::floor(edge / step + 1e-6) + 1, 5) << edge << " " << step;
    EXPECT_GE(2 * std::floor(edge / step + 1e-6) + 1, 3) << edge << " " << step;
  }
}

TEST(Mistakes, TheOuterFramesStandInsideThePicture) {
  const Figure figure = Read(testing::simplenn_sample()).figure(1, "mistakes");
  std::size_t frames = 0;
  for (std::size_t at = 0; (at = figure.svg.find("<rect x='", at)) != std::string::npos; ++frames) {
    at += 9;
    const double x = std::stod(figure.svg.substr(at));
    EXPECT_GE(x - 0.3, 0);
    EXPECT_LE(x + 72 + 0.3, figure.width);
  }
  EXPECT_EQ(frames, 18U);
}

TEST(Mistakes, APictureBringsItsDrawingAndItsTable) {
  const Figure figure = Read(testing::simplenn_sample()).figure(1, "mistakes");
  EXPECT_TRUE(figure.script.empty());
  EXPECT_THAT(figure.svg, HasSubstr("data:image/png;base64,"));
  EXPECT_EQ(figure.rows, 24);
  EXPECT_EQ(figure.columns(), 3);  // picture, truth, answer
}

TEST(Figure, NumbersHaveTheShapeOfTheTable) {
  const Read read(testing::tuning_sample());
  for (const Figure& figure : figures_of(read.tasks[0])) {
    EXPECT_EQ(figure.numbers.size(), static_cast<std::size_t>(figure.rows * figure.columns()))
        << figure.kind;
    EXPECT_GT(figure.rows, 0) << figure.kind;
    const auto lines = std::count(figure.csv.begin(), figure.csv.end(), '\n');
    EXPECT_EQ(lines, figure.rows + 1) << figure.kind;
  }
}

TEST(Curves, AnExplodingClaimDoesNotStretchTheAxis) {
  testing::Sample sample = testing::simplenn_sample();
  sample.runs[1].evidence.epochs[3].train_loss = 1e30;
  const Figure figure = Read(sample).figure(1, "curves");
  EXPECT_THAT(figure.script, Not(HasSubstr("set yrange [0:1e")));
}

}  // namespace
}  // namespace gradus::reports
