#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "framework/record/plan.hpp"

namespace gradus::executor {

/// Runs with one key cost the same an image: the same network, computed in the same way on the same
/// machine.
std::string network_key(const RunPlan& plan);

/// What runs cost on this machine, learned from those that ran. Used for estimates, and for the
/// memory that a run is promised; where a file is lost or damaged, that is its limit again.
class CostModel {
 public:
  /// A course's plugins in all their versions; of more, those that did not run for longest are
  /// forgotten.
  static constexpr std::size_t kMost = 4096;

  /// GRADUS_HOME/costs.json; empty where there is none, or it cannot be read.
  static CostModel read(const std::filesystem::path& file);
  Status write(const std::filesystem::path& file) const;

  /// `seconds` for `images` of cost() (see schedule.hpp), `memory_mib` resident at most. Later runs
  /// count more than earlier ones.
  void learn(const RunPlan& plan, double images, double seconds, double memory_mib);
  /// Of runs of the same network on the same machine; nothing where none ran.
  std::optional<double> seconds_an_image(const RunPlan& plan) const;
  std::optional<double> memory_mib(const RunPlan& plan) const;

 private:
  struct Cost {
    double seconds_an_image = 0, memory_mib = 0;
    std::int64_t learned = 0;  ///< counts up: which was learned last
  };
  std::int64_t newest_ = 0;
  std::map<std::string, Cost> costs_;
};

}  // namespace gradus::executor
