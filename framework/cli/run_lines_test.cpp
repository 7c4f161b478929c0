#include "framework/cli/run_lines.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <string>

namespace gradus::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

/// What is printed where standard error is a file.
class RunLinesInALog : public ::testing::Test {
 protected:
  RunLinesInALog() {
    plan_.runs.resize(2);
    plan_.runs[0].id = "baseline";
    plan_.runs[1].id = "own";
  }
  ~RunLinesInALog() override { std::fclose(stream_); }

  void show(const std::string& state, const std::string& text = "") {
    executor::RunProgress progress;
    progress.index = 1;
    progress.state = state;
    progress.text = text;
    progress.epoch = 1;
    progress.epochs = 3;
    lines_.show(plan_, progress);
  }
  std::string printed() const {
    std::string all;
    std::array<char, 256> part{};
    std::rewind(stream_);
    while (std::fgets(part.data(), part.size(), stream_) != nullptr) all += part.data();
    return all;
  }

  std::FILE* stream_ = std::tmpfile();
  Plan plan_;
  Terminal terminal_{stream_};
  RunLines lines_{terminal_};
};

TEST_F(RunLinesInALog, StepsLeaveNoTraceAndTheEndALine) {
  show("running");
  show("running");
  EXPECT_EQ(printed(), "");
  show("done");
  EXPECT_THAT(printed(), AllOf(HasSubstr("own"), HasSubstr("done"), Not(HasSubstr("baseline"))));
}

/// A run that had been tried again looked like any other.
TEST_F(RunLinesInALog, ARunThatIsTriedAgainLeavesALine) {
  show("running", "tried again: the supervisor was ended by signal 9\033[2J");
  EXPECT_THAT(printed(),
              HasSubstr("  own       tried again: the supervisor was ended by signal 9"));
  EXPECT_THAT(printed(), Not(HasSubstr("\033")));
  show("running");
  show("done");
  const std::string all = printed();
  EXPECT_EQ(std::count(all.begin(), all.end(), '\n'), 2) << all;
}

}  // namespace
}  // namespace gradus::cli
