#include "reports/model/words.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reports/testing/folder.hpp"
#include "reports/testing/sample.hpp"

namespace gradus::reports {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

ReportData read(const testing::Sample& sample) {
  testing::TestFolder folder;
  EXPECT_TRUE(testing::write_sample(sample, folder.path()).ok());
  auto data = load(folder.path());
  EXPECT_TRUE(data.ok());
  return data.ok() ? std::move(*data) : ReportData{};
}

std::string notes(const testing::Sample& sample, std::size_t task) {
  const ReportData data = read(sample);
  std::string text;
  for (const Note& note : notes_on(task_views(data).at(task)))
    text += note.name + " " + note.text + "\n";
  return text;
}

TEST(NotesOn, SayHowArmsWereStoppedEarly) {
  EXPECT_THAT(notes(testing::stopped_sample(), 0),
              HasSubstr("The arms were compared after 3 and 9 epochs by their best validation "
                        "accuracy so far; each time the best 50 % went on (successive halving). 5 "
                        "of 8 arms were stopped"));
  EXPECT_THAT(
      notes(testing::stopped_sample(), 1),
      HasSubstr("each time those below the median were stopped (median rule). 2 of 4 arms"));
  EXPECT_THAT(notes(testing::tuning_sample(), 0), Not(HasSubstr("Stopped early")));
}

TEST(Summary, NamesWhatFailedAndWhatToDoFirst) {
  const Summary summary = summarize(read(testing::simplenn_sample()));
  EXPECT_THAT(summary.text, HasSubstr("5 of 7 items passed"));
  EXPECT_THAT(summary.text, HasSubstr("Failed: “Images do not influence each other”"));
  EXPECT_THAT(summary.first, HasSubstr("batch norm or dropout"));
}

TEST(Summary, NothingIsLeftWhereAllPassed) {
  const Summary summary = summarize(read(testing::tuning_sample()));
  EXPECT_THAT(summary.text, HasSubstr("nothing is left to do"));
  EXPECT_THAT(summary.first, IsEmpty());
}

TEST(Summary, ACrashComesFirst) {
  EXPECT_THAT(summarize(read(testing::crashed_sample())).first, HasSubstr("SIGSEGV"));
}

TEST(Summary, ABuildFailureSaysSo) {
  EXPECT_THAT(summarize(read(testing::unbuilt_sample())).text, HasSubstr("could not be built"));
}

TEST(Summary, WhatIsNotGradedCostsNothing) {
  testing::Sample sample = testing::simplenn_sample();
  sample.result.state = "not_graded";
  sample.result.rubric[4].verdict = "not_graded";
  const Summary summary = summarize(read(sample));
  EXPECT_THAT(summary.text, HasSubstr("“Validation accuracy”"));
  EXPECT_THAT(summary.text, HasSubstr("costs no points"));
}

TEST(Summary, AHiddenItemIsNotExplained) {
  testing::Sample sample = testing::simplenn_sample();
  sample.result.rubric[3].visibility = "hidden";
  EXPECT_THAT(summarize(read(sample)).first, Not(HasSubstr("batch norm")));
}

TEST(Notes, OverfittingIsNamedFromFifteenPoints) {
  testing::Sample sample = testing::simplenn_sample();
  auto& scores = sample.runs[1].evidence.scores;
  scores["train"].accuracy = 0.75;
  scores["final_val"].accuracy = 0.60;
  EXPECT_THAT(notes(sample, 1), HasSubstr("Overfitting. After the last epoch"));
  scores["final_val"].accuracy = 0.61;
  EXPECT_THAT(notes(sample, 1), Not(HasSubstr("Overfitting")));
}

TEST(Notes, OverfittingOfSeveralTrialsNamesTheOneThatIsMeant) {
  EXPECT_THAT(notes(testing::course_sample(), 0), HasSubstr("After the last epoch of trial "));
}

TEST(Notes, DivergedArmsAreAResult) {
  EXPECT_THAT(notes(testing::tuning_sample(), 0),
              HasSubstr("learning rate 1, 30 epochs (epoch 3)"));
}

TEST(Notes, MissingArmsAreNamed) {
  testing::Sample sample = testing::tuning_sample();
  sample.result.runs[2].status = "missing";
  EXPECT_THAT(notes(sample, 0), HasSubstr("learning rate 0.05, 30 epochs was not run"));
}

TEST(Clipped, KeepsWholeCharacters) {
  EXPECT_EQ(clipped("automobile", 14), "automobile");
  EXPECT_EQ(clipped("automobile", 5), "auto…");
  EXPECT_EQ(clipped("äöüäöü", 4), "äöü…");
  EXPECT_EQ(clipped("a\x1b[31m", 20), "a\\x1B[31m");
}

}  // namespace
}  // namespace gradus::reports
