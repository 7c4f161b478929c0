#include "reports/html/page.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reports/html/templates.hpp"
#include "reports/testing/folder.hpp"
#include "reports/testing/markup.hpp"
#include "reports/testing/sample.hpp"

namespace gradus::reports {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// The page of a sample with a stand-in for every drawing: no renderer runs.
std::string page_of(const testing::Sample& sample) {
  testing::TestFolder folder;
  EXPECT_TRUE(testing::write_sample(sample, folder.path()).ok());
  auto data = load(folder.path());
  EXPECT_TRUE(data.ok()) << (data.ok() ? "" : data.error().text());
  if (!data.ok()) return "";
  const auto tasks = task_views(*data);
  std::vector<std::vector<Figure>> figures;
  for (const TaskView& task : tasks) {
    figures.push_back(figures_of(task));
    for (Figure& figure : figures.back()) figure.svg = "<svg data-kind='" + figure.kind + "'/>";
  }
  std::vector<TaskPage> pages;
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    TaskPage page;
    page.task = &tasks[i];
    for (const Figure& figure : figures[i]) page.figures.push_back(&figure);
    page.number = std::to_string(i + 1);
    page.id = "task-" + page.number;
    pages.push_back(page);
  }
  auto html = render_page(*data, pages);
  EXPECT_TRUE(html.ok()) << (html.ok() ? "" : html.error().text());
  return html.ok() ? *html : "";
}

TEST(Page, IsWellFormedInEveryState) {
  for (const auto& sample : {testing::simplenn_sample(), testing::tuning_sample(),
                             testing::crashed_sample(), testing::unbuilt_sample()}) {
    EXPECT_EQ(testing::markup_problem(page_of(sample)), "");
  }
}

TEST(MarkupProblem, FindsWhatIsWrong) {
  EXPECT_EQ(testing::markup_problem("<!DOCTYPE html><a b=\"c>d\"><e f = 'g(1, 2)' h='i'/></a>"), "");
  for (const char* bad : {"<a>", "<a></b>", "</a>", "<a b=c></a>", "<a>x & y</a>", "<a>1 < 2</a>", "<a", "<a b=\"></a>", "<a b = c></a>", "<a b c='d'></a>"}) {
    EXPECT_NE(testing::markup_problem(bad), "") << bad;
  }
}

TEST(Page, NeedsNothingFromOutside) {
  const std::string page = page_of(testing::simplenn_sample());
  for (const char* outside : {"<script", "<link", "http://", "https://", "file:", "url(", "@import", "<iframe", "<object"}) {
    // The XML name space is a name, not an address.
    std::string rest = page;
    for (const char* space : {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}) {
      for (std::size_t at; (at = rest.find(space)) != std::string::npos;) rest.erase(at, std::string(space).size());
    }
    EXPECT_THAT(rest, Not(HasSubstr(outside))) << outside;
  }
}

TEST(Page, HasEveryPartOfALab) {
  const std::string page = page_of(testing::simplenn_sample());
  for (const char* part : {"Training SimpleNN on CIFAR-10", "of 11 points", "1 of 1 in bonus items", "Do this first.",
                           "Rubric", "82,030", "81,792", "conv1.weight", "[8, 3, 5, 5]", "Overfitting.",
                           "data-kind='curves'", "data-kind='confusion'", "data-kind='calibration'",
                           "data:image/png;base64,", "Learning rate", "Seed of the run", "7411",
                           "A made-up CPU, 2 cores", "recomputed", "claimed", "observed"}) {
    EXPECT_THAT(page, HasSubstr(part)) << part;
  }
}

TEST(Page, ASweepHasATableWithItsBestArm) {
  const std::string page = page_of(testing::tuning_sample());
  EXPECT_THAT(page, HasSubstr("Arms in numbers"));
  EXPECT_THAT(page, HasSubstr("class=\"best\""));
  EXPECT_THAT(page, HasSubstr("diverged, epoch 3"));
  EXPECT_THAT(page, HasSubstr("The same 82,030 parameters in 10 tensors as under"));
}

TEST(Page, AFailedRunIsShownWithItsLog) {
  const std::string page = page_of(testing::crashed_sample());
  for (const char* part : {"Run baseline failed", "CRASHED", "SIGSEGV", "What to do.", "stack smashing", "signal 11",
                           "changed the number of threads"}) {
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

/// Hostile text in every field that a student's code or files can reach.
TEST(Page, HostileTextStaysText) {
  const std::string evil =
      "<script>alert(1)</script><a rel=attachment href=file:///etc/passwd>x</a>\"'&{{css}}{{{css}}}`id`\x1b[31m\xE2\x80\xAE" "txt";
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
      if (run.evidence.failure) *run.evidence.failure = Failure{Fault::submission, evil, evil, evil, evil};
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

TEST(Templates, AreAllThere) {
  for (const char* name : {"report.mustache", "head.mustache", "rubric.mustache", "task.mustache", "appendix.mustache",
                           "icon.mustache", "style.css"}) {
    EXPECT_FALSE(template_text(name).empty()) << name;
  }
  EXPECT_TRUE(template_text("nothing").empty());
}

}  // namespace
}  // namespace gradus::reports
