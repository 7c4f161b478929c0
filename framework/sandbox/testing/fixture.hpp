#pragma once

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "framework/core/files.hpp"
#include "framework/sandbox/sandbox.hpp"
#include "framework/sandbox/tree.hpp"

namespace gradus::sandbox {

/// For the names of tests that are run in every mode.
inline void PrintTo(Mode mode, std::ostream* out) { *out << to_string(mode); }

/// A home of its own, reachable by every uid, with a copy of the actor in it. Every program also
/// gets the writing end of a pipe as descriptor 9: when the reading end meets its end, no process
/// of the tree is left, whatever its uid, session or parent.
class SandboxTest : public testing::Test {
 protected:
  void SetUp() override {
    char path[] = "/tmp/gradus-sandbox-XXXXXX";
    ASSERT_NE(mkdtemp(path), nullptr);
    home_ = path;
    ASSERT_EQ(chmod(path, 0755), 0);
    ASSERT_EQ(setenv("GRADUS_HOME", path, 1), 0);
    ASSERT_EQ(setenv("GRADUS_PREFIX", GRADUS_TEST_PREFIX, 1), 0);
    actor_ = home_ / "actor";
    fs::copy_file(GRADUS_TEST_ACTOR, actor_);
    ASSERT_EQ(chmod(actor_.c_str(), 0755), 0);
    auto pipe = make_pipe();
    ASSERT_TRUE(pipe.ok());
    pipe_ = std::move(*pipe);
  }
  void TearDown() override { EXPECT_TRUE(remove_tree(home_).ok()); }

  Spec actor(const std::string& verb, const std::string& argument = "") {
    Spec spec;
    spec.argv = {actor_, verb, argument};
    spec.mounts = {{actor_, "", false}};
    spec.fds = {{pipe_.write.get(), 9}};
    spec.limits.memory_mib = 128;
    spec.limits.wall_s = 20;
    spec.limits.cpu_s = 10;
    return spec;
  }
  Outcome run_ok(const Spec& spec) {
    auto outcome = run(spec);
    EXPECT_TRUE(outcome.ok()) << outcome.error().text();
    return outcome.ok() ? *outcome : Outcome{};
  }
  /// Waits up to `ms` for the last holder of descriptor 9 to be gone.
  bool nobody_left(int ms = 0) {
    pipe_.write.reset();
    pollfd polled{pipe_.read.get(), POLLIN, 0};
    return poll(&polled, 1, ms) == 1 && (polled.revents & POLLHUP) != 0;
  }
  static bool root() { return geteuid() == 0; }

  fs::path home_, actor_;
  Pipe pipe_;
};

}  // namespace gradus::sandbox
