#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "framework/core/result.hpp"
#include "framework/record/evidence.hpp"
#include "framework/record/lab_result.hpp"

namespace gradus::reports::testing {

/// A made-up result folder in memory: tests change a field, write it and render it.
struct Sample {
  struct Run {
    Evidence evidence;
    Observed observed;
    int mistakes = 0;  ///< pictures to write
    Json histograms;   ///< weight_histograms.json; null: none
  };
  LabResult result;
  std::vector<Run> runs;
  std::map<std::string, Json> reported;  ///< by task id: what the document reached
};

/// Two tasks: probes that all pass but one, and a baseline of 30 epochs that overfits.
Sample simplenn_sample();
/// Two sweeps: eight learning rates (the largest diverges) and five weight decays (one is 0).
Sample tuning_sample();
/// Eight rates of which successive halving stopped five early, and the median rule over two trials.
Sample stopped_sample();
/// A submission that crashes in the examiner; a log with control characters.
Sample crashed_sample();
/// A submission that does not compile; no runs.
Sample unbuilt_sample();

/// Three trials of a baseline and of a decaying learning rate, and L1 against L2 with the spread of
/// their weights; all with the document's figures.
Sample course_sample();

/// A grid of two momenta and four learning rates, two trials each, with the spread of the weights;
/// probes in three trials; a training of one epoch.
Sample grid_sample();

/// Writes result.json and runs/HASH/*.
Status write_sample(const Sample& sample, const std::filesystem::path& folder);

}  // namespace gradus::reports::testing
