// Time that is nobody's fault: a host that was stopped, a program that gets no core.
#include <signal.h>
#include <sys/wait.h>

#include <array>
#include <chrono>
#include <cstdio>

#include "framework/sandbox/testing/fixture.hpp"

namespace gradus::sandbox {
namespace {

using Clock = std::chrono::steady_clock;

double since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

/// Waits up to 10 s for that answer.
bool comes_to(Process& process, bool at_work) {
  const auto begin = Clock::now();
  while (process.at_work() != at_work) {
    if (since(begin) > 10) return false;
    poll(nullptr, 0, 5);
  }
  return true;
}

class Pauses : public SandboxTest {
 protected:
  Process started(Spec spec) {
    auto process = Process::start(spec);
    EXPECT_TRUE(process.ok()) << process.error().text();
    return std::move(*process);
  }
};

// Regression: a host that was stopped past the limit ended a program that had just begun.
TEST_F(Pauses, OfTheHostCountForNoWallTime) {
  constexpr double kLimitS = 1.5, kPauseS = 2;
  auto said = make_pipe();
  ASSERT_TRUE(said.ok());
  const pid_t host = fork();
  if (host == 0) {
    dup2(said->write.get(), 1);
    dup2(pipe_.write.get(), 3);
    const std::string limit = std::to_string(kLimitS);
    execl(GRADUS_TEST_HOST, GRADUS_TEST_HOST, actor_.c_str(), "off", "sleep", limit.c_str(),
          nullptr);
    _exit(127);
  }
  said->write.reset();
  std::array<char, 512> text{};
  ASSERT_GT(read(said->read.get(), text.data(), text.size() - 1), 0);
  ASSERT_TRUE(std::string(text.data()).starts_with("started")) << text.data();
  ASSERT_EQ(kill(host, SIGSTOP), 0);
  ASSERT_EQ(waitpid(host, nullptr, WUNTRACED), host);
  poll(nullptr, 0, static_cast<int>(kPauseS * 1000));  // the pause itself
  ASSERT_EQ(kill(host, SIGCONT), 0);
  const auto continued = Clock::now();
  text.fill(0);
  ASSERT_GT(read(said->read.get(), text.data(), text.size() - 1), 0);
  const double went_on_s = since(continued);
  double wall_ms = 0;
  ASSERT_EQ(std::sscanf(text.data(), "ended wall %lf", &wall_ms), 1) << text.data();
  EXPECT_GT(went_on_s, 0.4) << "what was left of its time was taken away";
  EXPECT_GE(wall_ms, kLimitS * 1000);
  EXPECT_LT(wall_ms, (kLimitS + kPauseS) * 1000) << "the pause is in the figure";
  ASSERT_EQ(waitpid(host, nullptr, 0), host);
  EXPECT_TRUE(nobody_left(10'000));
}

TEST_F(Pauses, AProgramIsAtWorkWhileItComputes) {
  Process spinner = started(actor("spin"));
  EXPECT_TRUE(comes_to(spinner, true));
  spinner.kill();
  spinner.wait();
  EXPECT_FALSE(spinner.at_work()) << "it is gone";
}

TEST_F(Pauses, AllThreadsAreLookedAt) {
  Process parent = started(actor("spin_in_thread"));
  EXPECT_TRUE(comes_to(parent, true)) << "its first thread sleeps, its second does not";
}

TEST_F(Pauses, ASleeperIsNotAtWork) {
  Process sleeper = started(actor("sleep"));
  EXPECT_TRUE(comes_to(sleeper, false));
}

TEST_F(Pauses, OneThatStoppedItselfIsNotAtWork) {
  Process stopped = started(actor("stop"));
  EXPECT_TRUE(comes_to(stopped, false));
  stopped.kill();
  EXPECT_EQ(stopped.wait().limit, "killed");
}

}  // namespace
}  // namespace gradus::sandbox
