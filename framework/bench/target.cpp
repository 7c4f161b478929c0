#include <map>

#include "framework/bench/peer.hpp"
#include "framework/bench/suites.hpp"
#include "framework/core/files.hpp"
#include "framework/record/evidence.hpp"

// The time to the target: `gradus run` of the lab resnet20 with all of its epochs, all of the
// machine's threads, from the command's start to its end. The peer needs what the paper needs for
// the same accuracy, 64,000 steps of 128 images: that takes a day of eager PyTorch on a small
// machine, so one epoch is measured and counted 182 times.
namespace gradus::bench {
namespace {

constexpr int kPaperEpochs = 182;
constexpr double kGoal = 15;

/// A figure of the lab's one training that came out, and what the lab asks of it.
struct Reached {
  const char* score;  ///< of the evidence
  const char* name;
  const char* goal;
};
constexpr Reached kReached[] = {{"test", "its accuracy on the test images", ">= 91.25 %"},
                                {"test_mirror", "the same, mirror images averaged in", ""}};

fs::path result_folder(const Setup& setup) { return setup.scratch / "target"; }

/// Each round has a seed of its own: accuracy is a mean over seeds.
Result<double> run_ours(const Setup& setup, int round) {
  const fs::path out = result_folder(setup);
  GRADUS_CHECK(remove_tree(out));
  Command command;
  command.argv = {(setup.paths.prefix / "bin" / "gradus").string(),
                  "run",
                  (setup.root / "labs" / "resnet20").string(),
                  "--profile",
                  "full",
                  "--task",
                  "target",
                  "--device",
                  setup.device,
                  "--set",
                  "run.seed=" + std::to_string(round + 1),
                  "--fresh",
                  "--no-pdf",
                  "--out",
                  out.string()};
  command.timeout_ms = 24 * 3600e3;
  GRADUS_TRY(const double ms, wall_ms(command, {0, 1}));
  return ms / 1000;
}

/// Percent, by name of the score.
Result<std::map<std::string, double>> accuracies_of(const fs::path& result) {
  std::map<std::string, double> found;
  std::error_code error;
  for (fs::directory_iterator it(result / "runs", error), end; !error && it != end;
       it.increment(error)) {
    GRADUS_TRY(const EvidenceFolder folder, read_evidence(it->path()));
    for (const auto& [name, score] : folder.evidence.scores) found[name] = 100 * score.accuracy;
  }
  for (const Reached& one : kReached) {
    if (found.contains(one.score)) continue;
    return infrastructure_error(result.string(),
                                "no run has the score '" + std::string(one.score) + "'",
                                "see its report.html for what became of the run");
  }
  return found;
}

}  // namespace

Result<std::vector<Row>> measure_target(const Setup& setup) {
  const bool on_cpu = setup.device == "cpu";
  const std::string work = std::string("ResNet-20 to its target") + (on_cpu ? "" : " on a GPU");
  Row time{work + ", against the paper's epochs in eager PyTorch",
           "s",
           {"gradus run", {}},
           Sample{"PyTorch eager, one epoch, times " + std::to_string(kPaperEpochs), {}},
           "ratio",
           on_cpu ? goal_text(kGoal) : "<= 25 s",
           "",
           work,
           "eager",
           on_cpu ? kGoal : 0};
  std::vector<Row> rows = {time};
  for (const Reached& one : kReached)
    rows.push_back({one.name, "%", {"gradus run", {}}, std::nullopt, "", one.goal, ""});
  Row& first = rows.front();
  fs::path split;
  if (has_peer(setup)) {
    GRADUS_TRY(split, split_folder(setup));
  } else {
    first.name = work;
    first.other.reset();
    first.note = why_no_peer(setup);
  }
  for (int round = 0; round < setup.rounds_or(1); ++round) {
    const std::string number = "round " + std::to_string(round + 1) + ": ";
    if (first.other) {
      const auto peer = [&]() -> Result<double> {
        GRADUS_TRY(const Peer done, run_peer(setup, {"resnet20", "eager", true, 1, 1}, split));
        first.note = done.what;
        return kPaperEpochs * done.seconds;
      };
      GRADUS_TRY(const double seconds, take(peer, *first.other));
      setup.say(number + "eager " + std::to_string(seconds / kPaperEpochs) + " s an epoch");
    }
    GRADUS_TRY(const double seconds, take([&] { return run_ours(setup, round); }, first.ours));
    setup.say(number + "gradus " + std::to_string(seconds) + " s");
    GRADUS_TRY(const auto reached, accuracies_of(result_folder(setup)));
    for (std::size_t i = 0; i < std::size(kReached); ++i)
      rows[i + 1].ours.values.push_back(reached.at(kReached[i].score));
  }
  return rows;
}

}  // namespace gradus::bench
