#pragma once

#include <map>
#include <string>

#include "reports/testing/sample.hpp"

namespace gradus::reports::testing {

// The bricks of made-up results: figures that look like those of a training.

/// Deterministic noise in [-1, 1).
double noise(std::uint64_t seed, std::uint64_t item);
/// A run of SimpleNN that climbs to `peak` (fraction); `overfit` 0..1 widens train − validation.
Sample::Run train_run(const std::string& id, double lr, double decay, std::int64_t epochs,
                      double peak, double overfit, std::uint64_t seed);
/// The loss becomes NaN in epoch 3.
Sample::Run diverged_run(const std::string& id, double lr, double decay);
/// Six probes, one of which fails.
Sample::Run probe_run();
/// weight_histograms.json of a network whose weights L1 emptied, or of one without L1.
Json histograms(bool l1);
RubricOutcome item(const std::string& id, const std::string& title, const std::string& check,
                   const std::string& task, double points, double max, const std::string& verdict,
                   const std::string& found, const std::string& wanted,
                   const std::string& feedback);
LabResult result_of(const std::string& lab, const std::string& title);
void add_run(Sample& sample, const std::string& task, const std::map<std::string, Json>& arm,
             Sample::Run run, std::int64_t trial = 0);
void count_points(LabResult& result);

}  // namespace gradus::reports::testing
