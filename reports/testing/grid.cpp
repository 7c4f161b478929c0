// A made-up result with what the other samples lack: a grid of two keys, trials of a sweep, trials
// of probes, a training of one epoch.
#include <fmt/format.h>

#include "reports/testing/builders.hpp"

namespace gradus::reports::testing {

Sample grid_sample() {
  Sample sample;
  LabResult& r = sample.result;
  r = result_of("grid", "Momentum and learning rate");
  r.profile = "smoke";
  r.tasks = {{"sanity", "Sanity checks", "probe", "Three seeds.", {}},
             {"short", "One epoch", "train", "As short as can be.", {}},
             {"grid",
              "Momentum against learning rate",
              "train",
              "Two momenta, four rates, two trials.",
              {"optimizer.momentum", "optimizer.lr"}}};
  for (std::int64_t trial = 0; trial < 3; ++trial) {
    Sample::Run run = probe_run();
    run.evidence.run_hash = std::string(63, 'a') + std::to_string(trial);
    // One probe of six comes out otherwise in the third trial.
    if (trial == 2) run.evidence.probes[3].verdict = "fail";
    add_run(sample, "sanity", {}, std::move(run), trial);
  }
  add_run(sample, "short", {}, train_run("short", 0.05, 1e-4, 1, 0.4, 0, 700));
  std::uint64_t seed = 500;
  for (const double momentum : {0.0, 0.9}) {
    for (const double rate : {0.1, 0.05, 0.01, 0.001}) {
      for (std::int64_t trial = 0; trial < 2; ++trial) {
        const double peak = 0.7 - 0.05 * (rate > 0.06 ? momentum : 1 - momentum);
        auto run = train_run(fmt::format("grid {} {} {}", momentum, rate, trial), rate, 1e-4, 12,
                             peak, 0.2, seed++);
        run.histograms = histograms(rate < 0.02);
        add_run(sample, "grid", {{"optimizer.momentum", momentum}, {"optimizer.lr", rate}},
                std::move(run), trial);
      }
    }
  }
  count_points(r);
  return sample;
}

}  // namespace gradus::reports::testing
