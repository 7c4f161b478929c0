#include "framework/executor/child.hpp"

#include <poll.h>

#include "framework/executor/testing.hpp"

namespace gradus::executor {
namespace {

using ChildTime = Executor;

/// Who is stopped (Ctrl-Z) looks at no clock: a wait without a look is the same to it.
TEST_F(ChildTime, InWhichWeWereStoppedIsNotTheRuns) {
  auto child = Child::start(paths(), planned("gated").run, paths().home / "job", "");
  ASSERT_TRUE(child.ok()) << child.error().text();
  for (int i = 0; i < 10; ++i) {
    ::poll(nullptr, 0, 30);
    EXPECT_FALSE(child->ended());
  }
  const double looked_ms = child->wall_ms();
  EXPECT_GE(looked_ms, 300);
  ::poll(nullptr, 0, 4000);
  EXPECT_FALSE(child->ended());
  // A little more than what counts at most: the difference of two sums is rounded.
  EXPECT_LE(child->wall_ms() - looked_ms, 2001);
}

}  // namespace
}  // namespace gradus::executor
