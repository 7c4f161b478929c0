#pragma once

#include <gtest/gtest.h>

#include <string>

#include "datasets/testing/synthetic.hpp"
#include "framework/supervisor/run.hpp"

namespace gradus::supervisor::fake {

/// A home with the data set "tiny" and the fake worker as gradus-worker, in a folder that every uid
/// can read; GRADUS_HOME and GRADUS_PREFIX point there while it lives.
class FakeInstallation {
 public:
  /// `worker`: another program as gradus-worker; empty: the fake one.
  explicit FakeInstallation(const std::string& worker = "");
  ~FakeInstallation();
  const Paths& paths() const { return home_.paths(); }
  /// A resolved plan for "tiny" whose fake model behaves as `behaviour` says.
  RunPlan plan(const std::string& behaviour, const std::string& kind = "train") const;
  /// For "stepwise": how many epochs may begin, and those that have.
  void allow(std::size_t epochs) const;
  std::string trained() const;
  void forget_trained() const;

 private:
  datasets::testing::TemporaryHome home_;
  std::string old_home_, old_prefix_;
};

/// Whether the probe asks the examiner; the others look at hand-overs and claims.
bool asks_examiner(const std::string& probe);

/// Runs the plan in this process, through OpenedInputs as gradus-supervisor does.
Result<RunRecord> run(const FakeInstallation& installation, const RunPlan& plan,
                      double stall_ms = 60'000, const std::filesystem::path& checkpoint = {});

}  // namespace gradus::supervisor::fake
