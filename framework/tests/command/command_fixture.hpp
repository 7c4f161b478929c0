#pragma once

#include <gtest/gtest.h>
#include <spawn.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <string>
#include <vector>

#include "framework/core/files.hpp"
#include "framework/core/paths.hpp"
#include "framework/core/process.hpp"
#include "framework/record/plan.hpp"

namespace gradus::tests {

/// The head of a lab that trains for seconds, with lines of a test's own in three tables; tasks and
/// rubric stand below it.
inline std::string lab_of_seconds(const std::string& lab, const std::string& submission = "",
                                  const std::string& run = "") {
  return "[lab]\n" + lab + R"(
[data]
name = "cifar10"
split = { train = 45000, val = 5000, seed = 0 }
normalize = { mean = [0.4914, 0.4822, 0.4465], std = [0.2023, 0.1994, 0.2010] }

[submission]
model = { required = true }
)" + submission +
         "\n[run]\ntrain_images = 256\n" + run + "\n[exam]\nval_images = 128\ntrain_images = 128\n";
}

/// Runs the installed `gradus` command (GRADUS_PREFIX) as its user would, in a folder of its own.
/// Data, precompiled header and built plugins are those of GRADUS_HOME.
class CommandTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto paths_found = find_paths();
    ASSERT_TRUE(paths_found.ok());
    paths = *paths_found;
    program = paths.prefix / "bin" / "gradus";
    ASSERT_TRUE(fs::exists(program)) << program << ": install first (./gradus test does)";
    auto made = make_temporary_folder(fs::temp_directory_path(), "gradus-command-test");
    ASSERT_TRUE(made.ok());
    folder = *made;
  }
  void TearDown() override {
    if (!folder.empty()) ASSERT_TRUE(remove_tree(folder).ok());
  }

  void write(const std::string& name, const std::string& content) const {
    ASSERT_TRUE(make_folder((folder / name).parent_path()).ok());
    ASSERT_TRUE(write_file(folder / name, content).ok());
  }

  Completed gradus(std::vector<std::string> arguments, double timeout_ms = 240'000) const {
    arguments.insert(arguments.begin(), program.string());
    Command command;
    command.argv = std::move(arguments);
    command.cwd = folder;
    command.timeout_ms = timeout_ms;
    command.env = {{"NO_COLOR", "1"}};
    auto done = run(command);
    EXPECT_TRUE(done.ok());
    EXPECT_FALSE(done->timed_out);
    return *done;
  }
  /// Starts the command and leaves it running.
  pid_t start(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), program.string());
    std::vector<char*> raw;
    for (auto& argument : arguments) raw.push_back(argument.data());
    raw.push_back(nullptr);
    pid_t pid = -1;
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addchdir_np(&actions, folder.c_str());
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", 1, 0);
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", 1, 0);
    EXPECT_EQ(::posix_spawn(&pid, program.c_str(), &actions, nullptr, raw.data(), environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    return pid;
  }
  /// What the command printed under --json; a discarded value where that is not one JSON document.
  static Json json(const Completed& done) { return Json::parse(done.out, nullptr, false); }

  /// A base seed that no other test and no earlier call used, so that no evidence is cached yet.
  static std::string fresh_seed() {
    static unsigned count = 0;
    const auto now = std::chrono::steady_clock::now().time_since_epoch().count();
    return "run.seed=" + std::to_string(now % 1'000'000'000 + ++count);
  }

  Paths paths;
  fs::path program, folder;
};

}  // namespace gradus::tests
