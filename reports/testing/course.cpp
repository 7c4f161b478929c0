// A made-up result of a whole course lab: trials, a schedule, the document's figures, weights.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "framework/core/hash.hpp"
#include "framework/record/histograms.hpp"
#include "reports/testing/builders.hpp"

namespace gradus::reports::testing {
namespace {

/// A bell of the given width with a spike of `spike` (share of all) at 0.
Json histogram(const std::string& name, std::int64_t count, double width, double spike) {
  constexpr int kBins = 61;
  constexpr double kEdge = 0.3;
  Json counts = Json::array();
  for (int i = 0; i < kBins; ++i) {
    const double x = (i + 0.5) / kBins * 2 * kEdge - kEdge;
    const double bell =
        std::exp(-x * x / (2 * width * width)) * 2 * kEdge / kBins / (width * 2.5066);
    const double share = bell * (1 - spike) + (i == kBins / 2 ? spike : 0);
    counts.push_back(static_cast<std::int64_t>(share * static_cast<double>(count)));
  }
  return {{"name", name},
          {"low", -kEdge},
          {"high", kEdge},
          {"counts", counts},
          {"near_zero", std::min(1.0, spike + (1 - spike) * 0.0008 / width)}};
}

}  // namespace

Json histograms(bool l1) {
  Json tensors = Json::array();
  tensors.push_back(histogram("conv1.weight", 600, l1 ? 0.1 : 0.12, l1 ? 0.03 : 0));
  tensors.push_back(histogram("conv2.weight", 1152, l1 ? 0.05 : 0.08, l1 ? 0.3 : 0));
  tensors.push_back(histogram("fc1.weight", 69'120, l1 ? 0.02 : 0.04, l1 ? 0.88 : 0));
  tensors.push_back(histogram("fc2.weight", 10'080, l1 ? 0.03 : 0.06, l1 ? 0.9 : 0));
  tensors.push_back(histogram("fc3.weight", 840, l1 ? 0.08 : 0.1, l1 ? 0.42 : 0));
  return {{"schema", kHistogramsSchema}, {"tensors", tensors}};
}

Sample course_sample() {
  Sample sample;
  LabResult& r = sample.result;
  r = result_of("course", "Training SimpleNN, the whole course lab");
  r.profile = "quick";
  r.tasks = {
      {"baseline", "Baseline", "train", "Three seeds of a constant learning rate.", {}},
      {"decay", "Learning-rate decay", "train", "The rate falls by a tenth every fifth epoch.", {}},
      {"penalty",
       "L1 against L2",
       "train",
       "What does each do to the weights?",
       {"l1", "optimizer.weight_decay"}}};
  sample.reported = {
      {"baseline", {{"val_accuracy", 0.6584}, {"source", "course notes, table 2"}}},
      {"decay", {{"val_accuracy", 0.6742}, {"source", "course notes, table 2"}}},
      {"penalty", {{"val_accuracy", {0.63, 0.7308}}, {"source", "course notes, figure 9"}}}};
  for (std::int64_t trial = 0; trial < 3; ++trial) {
    const auto seed = static_cast<std::uint64_t>(trial) * 7;
    add_run(sample, "baseline", {},
            train_run(fmt::format("baseline {}", trial), 0.01, 1e-4, 30,
                      0.68 + 0.002 * static_cast<double>(trial), 1, seed + 1),
            trial);
    auto decayed = train_run(fmt::format("decay {}", trial), 0.01, 1e-4, 30, 0.7, 0.6, seed + 40);
    for (EpochRecord& epoch : decayed.evidence.epochs) {
      if (epoch.epoch > 0)
        epoch.lr = 0.01 * std::pow(0.9, static_cast<double>((epoch.epoch - 1) / 5));
    }
    add_run(sample, "decay", {}, std::move(decayed), trial);
  }
  for (const bool l1 : {true, false}) {
    auto run = train_run(l1 ? "l1" : "l2", 0.01, 1e-3, 30, l1 ? 0.63 : 0.73, 0.1, l1 ? 60 : 61);
    run.histograms = histograms(l1);
    add_run(sample, "penalty",
            {{"l1", l1 ? 1e-3 : 0.0}, {"optimizer.weight_decay", l1 ? 0.0 : 1e-3}}, std::move(run));
  }
  r.rubric = {
      item("baseline", "Baseline reaches 63 %", "accuracy", "baseline", 3, 3, "pass", "66.10 %",
           "at least 63 %", "The best validation accuracy is 66.10 %, wanted at least 63 %."),
      item("near_zero", "L1 empties fc1", "weights", "penalty", 2, 2, "pass",
           "88.5 % at l1 = 0.001", "at least 70 %", "L1 drives most weights of fc1 to zero.")};
  r.figures.push_back({"weights", "penalty", "Weights under L1 and L2", "", ""});
  count_points(r);
  return sample;
}

}  // namespace gradus::reports::testing
