#include "framework/core/process.hpp"

#include <gtest/gtest.h>

namespace gradus {
namespace {

TEST(Process, CapturesBothStreamsInputAndExitCode) {
  Command command{{"sh", "-c", "cat; echo problem >&2; exit 3"}, {}, {}, "hello"};
  const auto done = run(command);
  ASSERT_TRUE(done.ok());
  EXPECT_EQ(done->out, "hello");
  EXPECT_EQ(done->err, "problem\n");
  EXPECT_EQ(done->exit_code, 3);
  EXPECT_FALSE(done->timed_out);
}

TEST(Process, KeepsNoMoreThanItsLimitAndReadsTheRest) {
  Command command{{"sh", "-c", "head -c 1000000 /dev/zero; echo end >&2"}, {}, {}, ""};
  command.output_limit = 1000;
  const auto done = run(command);
  ASSERT_TRUE(done.ok());
  EXPECT_EQ(done->out.size(), 1000U);
  EXPECT_EQ(done->exit_code, 0);
}

TEST(Process, KillsTheWholeGroupAtTheTimeOut) {
  Command command{{"sh", "-c", "sleep 600 & wait"}, {}, {}, ""};
  command.timeout_ms = 100;
  const auto done = run(command);
  ASSERT_TRUE(done.ok());
  EXPECT_TRUE(done->timed_out);
  EXPECT_EQ(done->exit_code, 128 + 9);
}

TEST(Process, SurvivesAChildThatDoesNotReadItsInput) {
  const auto done = run(Command{{"true"}, {}, {}, std::string(1 << 20, 'x')});
  ASSERT_TRUE(done.ok());
  EXPECT_EQ(done->exit_code, 0);
}

TEST(Process, AProgramThatIsNotThereIsAnErrorWithItsName) {
  const auto done = run(Command{{"gradus-no-such-program"}, {}, {}, ""});
  ASSERT_FALSE(done.ok());
  EXPECT_NE(done.error().text().find("gradus-no-such-program"), std::string::npos);
  EXPECT_TRUE(find_program("gradus-no-such-program").empty());
  EXPECT_FALSE(find_program("sh").empty());
}

TEST(Process, AddsToTheEnvironmentAndChangesTheFolder) {
  const auto done = run(Command{{"sh", "-c", "echo $GRADUS_X; pwd"}, {{"GRADUS_X", "y"}}, "/", ""});
  ASSERT_TRUE(done.ok());
  EXPECT_EQ(done->out, "y\n/\n");
}

}  // namespace
}  // namespace gradus
