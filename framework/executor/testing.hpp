#pragma once

// The pool over a private home with the supervisor's fake worker, for tests.

#include <gmock/gmock.h>
#include <poll.h>
#include <unistd.h>

#include <fstream>
#include <map>
#include <set>

#include "framework/core/files.hpp"
#include "framework/executor/cache.hpp"
#include "framework/executor/executor.hpp"
#include "framework/supervisor/testing/fixture.hpp"

namespace gradus::executor {

class Executor : public testing::Test {
 protected:
  PlannedRun planned(const std::string& behaviour, std::uint64_t seed = 0) const {
    PlannedRun run;
    run.id = behaviour + std::to_string(seed);
    run.run = installation_.plan(behaviour);
    run.run.seed = seed;
    return run;
  }

  /// Last state and all texts of each run, by index.
  Options options() {
    Options made;
    made.jobs = 2;
    made.on_progress = [this](const RunProgress& progress) {
      states_[progress.index] = progress.state;
      texts_ += progress.text + "\n";
    };
    return made;
  }

  std::vector<Entry> execute(const Plan& plan, const Options& how) {
    auto entries = executor::execute(paths(), plan, how);
    EXPECT_TRUE(entries.ok()) << entries.error().text();
    return entries.ok() ? *entries : std::vector<Entry>{};
  }
  std::vector<Entry> execute(const Plan& plan) { return execute(plan, options()); }

  const Paths& paths() const { return installation_.paths(); }
  std::string observed(const std::string& hash) const {
    return read_file(evidence_folder(paths(), hash) / "observed.json").value();
  }
  void open_gate() const { EXPECT_TRUE(write_file(paths().home / "gate", "").ok()); }

  /// Processes that belong to this home (their command line names it), zombies left out.
  std::set<pid_t> processes(const std::string& program = "") const {
    std::set<pid_t> found;
    for (const auto& entry : fs::directory_iterator("/proc")) {
      const pid_t pid = std::atoi(entry.path().filename().c_str());
      if (pid <= 0 || pid == ::getpid()) continue;
      std::ifstream file(entry.path() / "cmdline");
      std::string line;
      std::getline(file, line, '\n');  // unlike an iterator it does not throw when the process goes
      if (line.find(paths().home) != std::string::npos && line.find(program) != std::string::npos) {
        found.insert(pid);
      }
    }
    return found;
  }
  template <class Condition>
  bool eventually(Condition condition) const {
    for (int i = 0; i < 3000; ++i) {
      if (condition()) return true;
      ::poll(nullptr, 0, 10);
    }
    return false;
  }
  std::size_t leftovers() const {
    std::size_t count = 0;
    for (const auto& entry : fs::directory_iterator(paths().scratch())) {
      count += entry.path().filename().string().starts_with("executor-") ? 1 : 0;
    }
    return count;
  }

  supervisor::fake::FakeInstallation installation_;
  std::map<std::size_t, std::string> states_;
  std::string texts_;
};

}  // namespace gradus::executor
