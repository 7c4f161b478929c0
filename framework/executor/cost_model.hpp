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

/// Runs with one key most likely cost much the same: networks of one name, whoever wrote and built
/// them, as a student's before and after an edit.
std::string kin_key(const RunPlan& plan);

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
  /// Of runs of the same network on the same machine, else of its kin; nothing where none ran.
  std::optional<double> seconds_an_image(const RunPlan& plan) const;
  /// Of the same network alone: memory that is promised has to be enough.
  std::optional<double> memory_mib(const RunPlan& plan) const;

 private:
  struct Cost {
    double seconds_an_image = 0, memory_mib = 0;
    std::int64_t learned = 0;  ///< counts up: which was learned last
  };
  using Costs = std::map<std::string, Cost>;
  static Costs costs_of(const Json& json);
  static Json json_of(const Costs& costs);

  std::int64_t newest_ = 0;
  Costs costs_, kin_;  ///< by network_key(), by kin_key()
};

}  // namespace gradus::executor
