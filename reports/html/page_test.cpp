#include "reports/html/page.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reports/html/templates.hpp"
#include "reports/testing/markup.hpp"
#include "reports/testing/page_of.hpp"
#include "reports/testing/sample.hpp"

namespace gradus::reports {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

using testing::page_of;

TEST(Page, IsWellFormedInEveryState) {
  for (const auto& sample :
       {testing::simplenn_sample(), testing::tuning_sample(), testing::course_sample(),
        testing::grid_sample(), testing::crashed_sample(), testing::unbuilt_sample()}) {
    EXPECT_EQ(testing::markup_problem(page_of(sample)), "");
  }
}

TEST(MarkupProblem, FindsWhatIsWrong) {
  EXPECT_EQ(testing::markup_problem("<!DOCTYPE html><a b=\"c>d\"><e f = 'g(1, 2)' h='i'/></a>"),
            "");
  for (const char* bad : {"<a>", "<a></b>", "</a>", "<a b=c></a>", "<a>x & y</a>", "<a>1 < 2</a>",
                          "<a", "<a b=\"></a>", "<a b = c></a>", "<a b c='d'></a>"}) {
    EXPECT_NE(testing::markup_problem(bad), "") << bad;
  }
}

TEST(Page, NeedsNothingFromOutside) {
  const std::string page = page_of(testing::simplenn_sample());
  for (const char* outside : {"<script", "<link", "http://", "https://", "file:", "url(", "@import",
                              "<iframe", "<object"}) {
    // The XML name space is a name, not an address.
    std::string rest = page;
    for (const char* space : {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}) {
      for (std::size_t at; (at = rest.find(space)) != std::string::npos;)
        rest.erase(at, std::string(space).size());
    }
    EXPECT_THAT(rest, Not(HasSubstr(outside))) << outside;
  }
}

TEST(Page, HasEveryPartOfALab) {
  const std::string page = page_of(testing::simplenn_sample());
  for (const char* part : {"Training SimpleNN on CIFAR-10",
                           "of 11 points",
                           "1 of 1 in bonus items",
                           "Do this first.",
                           "Rubric",
                           "82,030",
                           "81,792",
                           "conv1",
                           "weight [8, 3, 5, 5]",
                           "bias [8]",
                           "Overfitting.",
                           "data-kind='curves'",
                           "data-kind='confusion'",
                           "data-kind='calibration'",
                           "data-kind='mistakes'",
                           "Learning rate",
                           "Seed of the run",
                           "7411",
                           "A made-up CPU, 2 cores",
                           "recomputed",
                           "claimed",
                           "observed"}) {
    EXPECT_THAT(page, HasSubstr(part)) << part;
  }
}

TEST(Page, ASweepHasATableWithItsBestArm) {
  const std::string page = page_of(testing::tuning_sample());
  EXPECT_THAT(page, HasSubstr("Arms in numbers"));
  EXPECT_THAT(page, HasSubstr("class=\"best\""));
  EXPECT_THAT(page, HasSubstr("diverged, epoch 3"));
  EXPECT_THAT(page, HasSubstr("the same 82,030 parameters in 10 tensors as under"));
}

TEST(Page, TheDocumentsFiguresStandBesideOurs) {
  const std::string page = page_of(testing::course_sample());
  for (const char* part :
       {"Beside the document", "course notes, table 2", "65.84",
        "L1 strength 0.001, weight decay 0", "profile “quick”, not “full”", "in the document",
        "Trials in numbers", " ±\u00A00", "Means over 3 trials", "88.5\u00A0% at l1 = 0.001"}) {
    EXPECT_THAT(page, HasSubstr(part)) << part;
  }
  EXPECT_THAT(page_of(testing::tuning_sample()), Not(HasSubstr("Beside the document")));
}

TEST(Page, AfterLessTrainingThereIsNoDifferenceFromTheDocument) {
  testing::Sample sample = testing::course_sample();
  const std::string whole = page_of(sample);
  EXPECT_THAT(whole, HasSubstr("mean here: +"));
  EXPECT_THAT(whole, Not(HasSubstr("trained for less here")));
  for (auto& [task, reported] : sample.reported) reported["trained_less"] = true;
  const std::string page = page_of(sample);
  EXPECT_EQ(testing::markup_problem(page), "");
  EXPECT_THAT(page, HasSubstr("trained for less here"));
  EXPECT_THAT(page, Not(HasSubstr("mean here")));
  const std::size_t table = page.find("<table class=\"comparison");
  ASSERT_NE(table, std::string::npos);
  const std::string rows = page.substr(table, page.find("</table>", table) - table);
  EXPECT_THAT(rows, HasSubstr("65.84"));
  EXPECT_THAT(rows, HasSubstr("<td class=\"num\">–</td></tr>"));
  EXPECT_THAT(rows, Not(HasSubstr("<td class=\"num\">+")));
}

// It said "best weights" of every recipe.
TEST(Page, TheTestFigureNamesTheWeightsThatTheRecipeKeeps) {
  testing::Sample sample = testing::simplenn_sample();
  EXPECT_THAT(page_of(sample), HasSubstr("test, best weights"));
  for (auto& run : sample.runs) run.evidence.plan["recipe"]["keep"] = "last";
  const std::string page = page_of(sample);
  EXPECT_THAT(page, HasSubstr("test, last weights"));
  EXPECT_THAT(page, Not(HasSubstr("test, best weights")));
}

TEST(Page, TheHeadlineOfSeveralTrialsIsTheirMeanAndSaysSo) {
  testing::Sample sample = testing::course_sample();
  const double values[] = {0.64, 0.66, 0.68};
  std::size_t trial = 0;
  for (std::size_t i = 0; i < sample.runs.size(); ++i) {
    if (sample.result.runs[i].task != "baseline") continue;
    sample.runs[i].evidence.scores["best_val"].accuracy = values[trial++];
  }
  ASSERT_EQ(trial, 3U);
  const std::string page = page_of(sample);
  const std::size_t task = page.find("<h2>Baseline</h2>");
  ASSERT_NE(task, std::string::npos);
  const std::string cells = page.substr(task, page.find("</table>", task) - task);
  EXPECT_THAT(cells, HasSubstr("66.00 ±\u00A01.63\u00A0%"));
  EXPECT_THAT(cells, HasSubstr("mean of 3 trials"));
  EXPECT_THAT(cells, HasSubstr("mean here: +0.2 points"));  // 66.00 against 65.84
  EXPECT_THAT(cells, Not(HasSubstr("68.00")));
  EXPECT_THAT(page_of(testing::simplenn_sample()), Not(HasSubstr("mean of")));
}

TEST(Page, ProbesOfTrialsStandOnceWhereTheyAgreeAndByNameWhereNot) {
  const std::string page = page_of(testing::grid_sample());
  const auto count = [&](const std::string& text) {
    std::size_t n = 0;
    for (std::size_t at = 0; (at = page.find(text, at)) != std::string::npos; at += text.size())
      ++n;
    return n;
  };
  EXPECT_EQ(count("<strong>initial loss</strong>"), 1U);
  EXPECT_EQ(count("the same verdict in 3 trials; here: trial 1"), 5U);
  EXPECT_EQ(count("<strong>chance</strong>"), 3U);
  EXPECT_EQ(count("<span class=\"quiet\">trial 3</span>"), 1U);
  EXPECT_THAT(page_of(testing::simplenn_sample()), Not(HasSubstr("the same verdict")));
}

TEST(Page, JsonOfTheEnvironmentIsReadable) {
  testing::Sample sample = testing::simplenn_sample();
  sample.runs[1].observed.host["engine"] = R"({"cpu_capability":"AVX2","threads":2})";
  EXPECT_THAT(page_of(sample), HasSubstr("cpu capability AVX2, threads 2"));
}

TEST(Page, AProbeHasItsLevelWhereItIsKnown) {
  testing::Sample sample = testing::crashed_sample();
  const std::string known = "<td class=\"num\">3</td><td class=\"pad\">Before training";
  EXPECT_THAT(page_of(sample), HasSubstr(known));
  for (auto& run : sample.runs) {
    for (auto& probe : run.evidence.probes) probe.name = "of_another_version";
  }
  const std::string page = page_of(sample);
  EXPECT_THAT(page, HasSubstr("<td class=\"num\">–</td>"));
  EXPECT_THAT(page, Not(HasSubstr(known)));
}

TEST(Page, AFailedRunIsShownWithItsLog) {
  const std::string page = page_of(testing::crashed_sample());
  for (const char* part : {"Run baseline failed", "CRASHED", "SIGSEGV", "What to do.",
                           "stack smashing", "signal 11", "changed the number of threads"}) {
    EXPECT_THAT(page, HasSubstr(part)) << part;
  }
}

TEST(Page, ABuildFailureShowsTheCompiler) {
  const std::string page = page_of(testing::unbuilt_sample());
  EXPECT_THAT(page, HasSubstr("Not built"));
  EXPECT_THAT(page, HasSubstr("no member named &#39;conv3&#39;"));
  EXPECT_THAT(page, Not(HasSubstr("<svg data-kind")));
}

TEST(Page, SaysWhenTheSandboxWasWeaker) {
  testing::Sample sample = testing::simplenn_sample();
  EXPECT_THAT(page_of(sample), Not(HasSubstr("The sandbox was off")));
  sample.result.sandbox = "off";
  EXPECT_THAT(page_of(sample), HasSubstr("The sandbox was off"));
}

TEST(Page, HiddenItemsShowNoFigures) {
  testing::Sample sample = testing::simplenn_sample();
  sample.result.rubric[2].found = "SECRET-FOUND";
  sample.result.rubric[2].feedback = "SECRET-FEEDBACK";
  EXPECT_THAT(page_of(sample), HasSubstr("SECRET-FOUND"));
  sample.result.rubric[2].visibility = "hidden";
  EXPECT_THAT(page_of(sample), Not(HasSubstr("SECRET")));
}

TEST(Page, ShowsHiddenItemsToTheInstructor) {
  testing::Sample sample = testing::simplenn_sample();
  sample.result.rubric[2].found = "SECRET-FOUND";
  sample.result.rubric[2].title = "SECRET-TITLE";
  sample.result.rubric[2].visibility = "hidden";
  const std::string page = page_of(sample, {true, false, ""});
  EXPECT_THAT(page, HasSubstr("SECRET-FOUND"));
  EXPECT_THAT(page, Not(HasSubstr("Some of the lab is not shown here")));
  EXPECT_THAT(page_of(sample), HasSubstr("Some of the lab is not shown here"));
}

TEST(Page, ShowsWhatTheDueDateHidUntilThen) {
  testing::Sample sample = testing::simplenn_sample();
  sample.result.due = "2026-12-01T22:59:00Z";
  sample.result.rubric[2].title = "LATER";
  sample.result.rubric[2].visibility = "after_due_date";
  EXPECT_THAT(page_of(sample, {false, false, "2026-12-01T22:58:00Z"}), Not(HasSubstr("LATER")));
  EXPECT_THAT(page_of(sample, {false, false, "2026-12-01T22:59:00Z"}), HasSubstr("LATER"));
  sample.result.rubric[2].visibility = "after_published";
  EXPECT_THAT(page_of(sample, {false, false, "2027-01-01T00:00:00Z"}), Not(HasSubstr("LATER")));
  EXPECT_THAT(page_of(sample, {false, true, ""}), HasSubstr("LATER"));
}

TEST(Page, AHiddenTaskLeavesNoTrace) {
  testing::Sample sample = testing::simplenn_sample();
  sample.result.tasks[1].title = "SECRET-TASK";
  sample.result.tasks[1].visibility = "hidden";
  EXPECT_THAT(page_of(sample), Not(HasSubstr("SECRET-TASK")));
  EXPECT_THAT(page_of(sample, {true, false, ""}), HasSubstr("SECRET-TASK"));
}

TEST(Page, ASecretSeedIsNotShownToAStudent) {
  testing::Sample sample = testing::simplenn_sample();
  EXPECT_THAT(page_of(sample), HasSubstr("Seed of the run"));
  sample.result.secret_seed = true;
  EXPECT_THAT(page_of(sample), Not(HasSubstr("Seed of the run")));
  EXPECT_THAT(page_of(sample, {true, false, ""}), HasSubstr("Seed of the run"));
}

TEST(Page, SaysWhoseRecipeItWas) {
  testing::Sample sample = testing::simplenn_sample();
  EXPECT_THAT(page_of(sample), Not(HasSubstr("Recipe of")));
  sample.result.own_recipe = {{"text", "optimizer.lr = 0.5\n"},
                              {"values", {{"optimizer.lr", 0.5}}}};
  sample.result.tasks[1].own_recipe = true;
  EXPECT_THAT(page_of(sample), HasSubstr("the submission’s own: learning rate"));
}

TEST(Page, SaysWhatWasDoneToTheImages) {
  testing::Sample sample = testing::simplenn_sample();
  EXPECT_THAT(page_of(sample), Not(HasSubstr("Image sizes")));
  Json& plan = sample.runs[1].evidence.plan;
  plan["input"].update({{"crop", 4}, {"pad", "reflect"}, {"flip", true}, {"flip_by", "turns"}});
  plan["input"].update({{"resize", {24, 28}}, {"resize_until", {0.4, 0.7}}});
  plan["recipe"]["optimizer"]["decays"] = "weights";
  const std::string page = page_of(sample);
  EXPECT_THAT(page, HasSubstr("random crop, padding 4 (reflected), flip by turns"));
  EXPECT_THAT(page, HasSubstr("24 pixels until 40"));
  EXPECT_THAT(page, HasSubstr("0.0001, weights only"));
}

// A table that is kept whole and is longer than what is left of a page leaves that page empty.
TEST(Page, ALongTableOfLayersMayGoOverPages) {
  testing::Sample sample = testing::simplenn_sample();
  EXPECT_THAT(page_of(sample), HasSubstr("<table class=\"layers\">"));
  for (auto& run : sample.runs) {
    for (int i = 0; i < 30; ++i) {
      run.evidence.tensors.push_back(
          {"block" + std::to_string(i) + ".weight", "parameter", "float32", {4, 4}, 16});
    }
  }
  EXPECT_THAT(page_of(sample), HasSubstr("<table class=\"layers long\">"));
}

TEST(Page, ALongTableOfRunsMayGoOverPages) {
  testing::Sample sample = testing::simplenn_sample();
  EXPECT_THAT(page_of(sample), HasSubstr("<table class=\"resources\">"));
  const auto run = sample.result.runs.back();
  const auto folder = sample.runs.back();
  for (int i = 0; i < 30; ++i) {
    sample.result.runs.push_back(run);
    sample.result.runs.back().run_hash = std::string(62, '0') + std::to_string(10 + i);
    sample.result.runs.back().id += "/" + std::to_string(i);
    sample.runs.push_back(folder);
    sample.runs.back().evidence.run_hash = sample.result.runs.back().run_hash;
  }
  EXPECT_THAT(page_of(sample), HasSubstr("<table class=\"resources long\">"));
}

TEST(Page, ShowsTheAccuracyWithMirrorImages) {
  testing::Sample sample = testing::simplenn_sample();
  EXPECT_THAT(page_of(sample), Not(HasSubstr("with mirror images")));
  auto& scores = sample.runs[1].evidence.scores;
  scores["test_mirror"] = scores.at("test");
  EXPECT_THAT(page_of(sample), HasSubstr("with mirror images"));
}

TEST(Page, SaysThatTheTotalIsCapped) {
  testing::Sample sample = testing::simplenn_sample();
  sample.result.cap = 10;
  EXPECT_THAT(page_of(sample), HasSubstr("at most 10 points"));
}

/// Hostile text in every field that a student's code or files can reach.
TEST(Page, HostileTextStaysText) {
  const std::string evil =
      "<script>alert(1)</script><a rel=attachment "
      "href=file:///etc/passwd>x</a>\"'&{{css}}{{{css}}}`id`\x1b[31m\xE2\x80\xAE"
      "txt";
  testing::Sample sample = testing::crashed_sample();
  LabResult& r = sample.result;
  r.title = r.text = r.submission = r.profile = r.submission_hash = evil;
  r.failure = Failure{Fault::submission, evil, evil, evil + "\n" + evil, evil};
  r.environment[evil] = evil;
  for (auto& name : r.classes) name = evil;
  for (auto& item : r.rubric) item.title = item.found = item.wanted = item.feedback = evil;
  for (auto& task : r.tasks) task.title = task.text = evil;
  r.figures.push_back({"layers", "sanity", evil, evil, ""});
  testing::Sample fine = testing::simplenn_sample();
  fine.result.title = evil;
  for (testing::Sample* one : {&sample, &fine}) {
    for (auto& name : one->result.classes) name = evil;
    for (auto& run : one->runs) {
      run.evidence.warnings = {evil};
      run.observed.log = evil;
      run.observed.host[evil] = evil;
      for (auto& worker : run.observed.workers) worker.role = evil;
      for (auto& tensor : run.evidence.tensors) tensor.name = tensor.kind = evil;
      for (auto& probe : run.evidence.probes) {
        probe.name = probe.message = evil;
        probe.found[evil] = evil;
      }
      if (run.evidence.failure)
        *run.evidence.failure = Failure{Fault::submission, evil, evil, evil, evil};
      run.evidence.plan["model"]["name"] = evil;
    }
    const std::string page = page_of(*one);
    EXPECT_EQ(testing::markup_problem(page), "");
    // Escaped, "href=file" is text; what must not be there is the tag or quote that lets it act.
    for (const char* raw : {"<script", "<a rel", "\"'&{{", "\x1b", "\xE2\x80\xAE"}) {
      EXPECT_THAT(page, Not(HasSubstr(raw))) << raw;
    }
    EXPECT_THAT(page, HasSubstr("&lt;a rel=attachment href=file:///etc/passwd&gt;"));
    EXPECT_THAT(page, HasSubstr("{{css}}"));  // shown, not expanded
  }
}

TEST(Page, HostileTextOfTheDocumentStaysText) {
  testing::Sample sample = testing::course_sample();
  const std::string evil = "<script>x</script>\"'&{{css}}";
  sample.reported["baseline"]["source"] = evil;
  for (auto& task : sample.result.tasks) task.title = evil;
  const std::string page = page_of(sample);
  EXPECT_EQ(testing::markup_problem(page), "");
  EXPECT_THAT(page, Not(HasSubstr("<script")));
  EXPECT_THAT(page, HasSubstr("&lt;script&gt;"));
}

TEST(Templates, AreAllThere) {
  for (const char* name :
       {"report.mustache", "head.mustache", "rubric.mustache", "task.mustache", "appendix.mustache",
        "comparison.mustache", "icon.mustache", "style.css"}) {
    EXPECT_FALSE(template_text(name).empty()) << name;
  }
  EXPECT_TRUE(template_text("nothing").empty());
}

}  // namespace
}  // namespace gradus::reports
