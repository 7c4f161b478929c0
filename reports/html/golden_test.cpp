// Whole pages as reviewed text files: whatever changes on a page is seen in a difference. To change
// them on purpose: run this test with GRADUS_UPDATE_GOLDEN=1 and read what git shows.
#include <gtest/gtest.h>

#include <cstdlib>

#include "framework/core/files.hpp"
#include "reports/html/templates.hpp"
#include "reports/testing/page_of.hpp"

namespace gradus::reports {
namespace {

namespace fs = std::filesystem;

/// Line and text of the first difference; empty where there is none.
std::string first_difference(const std::string& found, const std::string& wanted) {
  std::size_t line = 1, start = 0;
  for (std::size_t i = 0; i < std::max(found.size(), wanted.size()); ++i) {
    const bool same = i < found.size() && i < wanted.size() && found[i] == wanted[i];
    if (same && found[i] == '\n') {
      ++line;
      start = i + 1;
    }
    if (same) continue;
    const auto text = [&](const std::string& whole) {
      return start < whole.size() ? whole.substr(start, whole.find('\n', start) - start)
                                  : "(nothing)";
    };
    return "line " + std::to_string(line) + "\n  found:  " + text(found) +
           "\n  wanted: " + text(wanted);
  }
  return "";
}

void expect_golden(const std::string& name, const std::string& found) {
  const fs::path file = fs::path(GRADUS_GOLDEN) / name;
  if (std::getenv("GRADUS_UPDATE_GOLDEN") != nullptr) {
    ASSERT_TRUE(write_file(file, found).ok());
    GTEST_SKIP() << "written: " << file << "; read the difference before you commit it";
  }
  const auto wanted = read_file(file);
  ASSERT_TRUE(wanted.ok()) << file;
  EXPECT_EQ(first_difference(found, *wanted), "")
      << "in " << file << "; if this is meant: GRADUS_UPDATE_GOLDEN=1, then read the difference";
}

/// The style sheet is a reviewed text file already.
std::string golden_page(const testing::Sample& sample) {
  std::string page = testing::page_of(sample);
  const std::string css(template_text("style.css"));
  const std::size_t at = page.find(css);
  return at == std::string::npos ? page : page.replace(at, css.size(), "(style.css)\n");
}

TEST(Golden, ALabThatMissesSomeItems) {
  expect_golden("simplenn.html", golden_page(testing::simplenn_sample()));
}
TEST(Golden, TwoSweeps) { expect_golden("tuning.html", golden_page(testing::tuning_sample())); }
TEST(Golden, SweepsWithArmsThatWereStoppedEarly) {
  expect_golden("stopped.html", golden_page(testing::stopped_sample()));
}
TEST(Golden, TrialsAndTheDocument) {
  expect_golden("course.html", golden_page(testing::course_sample()));
}
TEST(Golden, ACrash) { expect_golden("crashed.html", golden_page(testing::crashed_sample())); }
TEST(Golden, ABuildFailure) {
  expect_golden("unbuilt.html", golden_page(testing::unbuilt_sample()));
}

TEST(Golden, WhatGnuplotIsTold) {
  expect_golden("figures.txt", testing::scripts_of(testing::simplenn_sample()) +
                                   testing::scripts_of(testing::course_sample()));
}

TEST(FirstDifference, FindsIt) {
  EXPECT_EQ(first_difference("a\nb\n", "a\nb\n"), "");
  EXPECT_EQ(first_difference("a\nb\n", "a\nc\n"), "line 2\n  found:  b\n  wanted: c");
  EXPECT_NE(first_difference("a", "a\n"), "");
  EXPECT_NE(first_difference("", "a"), "");
}

}  // namespace
}  // namespace gradus::reports
