#include <chrono>
#include <nlohmann/json.hpp>

#include "datasets/store/store.hpp"
#include "framework/bench/suites.hpp"
#include "framework/core/files.hpp"
#include "framework/record/evidence.hpp"

// Ours is what a student gets: `gradus run` of the lab's baseline, sandbox on, two processes,
// evidence written, graded and rendered. The peer is peer_simplenn.py. Both train on the same
// images in batches of 128, evaluate on the same 5,000 after every epoch, and run in turn.
namespace gradus::bench {
namespace {

constexpr std::int64_t kTrain = 45000, kVal = 5000;

/// One side of a round.
struct Side {
  std::vector<double> epoch_s;  ///< training and validation of an epoch
  double whole_s = 0;           ///< the command from start to end
  std::string what;             ///< the peer's versions and threads
};

/// The one run's evidence below a result folder.
Result<Observed> observed_of(const fs::path& result) {
  std::error_code error;
  for (fs::directory_iterator it(result / "runs", error), end; !error && it != end;
       it.increment(error)) {
    GRADUS_TRY(const EvidenceFolder folder, read_evidence(it->path()));
    if (folder.evidence.status == "done") return folder.observed;
  }
  return infrastructure_error(result.string(), "holds no finished run");
}

Result<Side> run_ours(const Setup& setup) {
  const fs::path out = setup.scratch / "ours";
  GRADUS_CHECK(remove_tree(out));
  Command command;
  command.argv = {(setup.paths.prefix / "bin" / "gradus").string(),
                  "run",
                  "simplenn",
                  "--profile",
                  "full",
                  "--task",
                  "baseline",
                  "--set",
                  "recipe.epochs=" + std::to_string(setup.epochs),
                  "--fresh",
                  "--jobs",
                  "1",
                  "--no-pdf",
                  "--out",
                  out.string()};
  command.timeout_ms = 3600e3;
  // 1: some rubric items fall short after so few epochs.
  GRADUS_TRY(const double whole_ms, wall_ms(command, {0, 1}));
  GRADUS_TRY(const Observed observed, observed_of(out));
  Side side;
  for (const double ms : observed.epoch_wall_ms) side.epoch_s.push_back(ms / 1000);
  if (side.epoch_s.size() != static_cast<std::size_t>(setup.epochs)) {
    return infrastructure_error(out.string(), std::to_string(side.epoch_s.size()) +
                                                  " epochs were observed, wanted " +
                                                  std::to_string(setup.epochs));
  }
  side.whole_s = whole_ms / 1000;
  return side;
}

Result<Side> run_peer(const Setup& setup, const datasets::Split& split) {
  Command command;
  command.argv = {setup.python.string(),
                  (setup.root / "framework" / "bench" / "peer_simplenn.py").string(),
                  "--split",
                  split.train.images.parent_path().string(),
                  "--epochs",
                  std::to_string(setup.epochs)};
  command.timeout_ms = 3600e3;
  command.output_limit = std::size_t{1} << 20;
  const auto start = std::chrono::steady_clock::now();
  GRADUS_TRY(const Completed done, gradus::run(command));
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  const Json json = Json::parse(done.out, nullptr, false);
  if (done.exit_code != 0 || !json.is_object() || !json.contains("epoch_s")) {
    return infrastructure_error(command.argv[1], "failed: " + done.err);
  }
  Side side;
  side.epoch_s = json["epoch_s"].get<std::vector<double>>();
  side.whole_s = took.count();
  side.what = "peer: torch " + json.value("torch", "?") + ", torchvision " +
              json.value("torchvision", "?") + ", " + std::to_string(json.value("threads", 0)) +
              " threads";
  return side;
}

}  // namespace

Result<std::vector<Row>> measure_epoch(const Setup& setup) {
  GRADUS_TRY(const auto dataset, datasets::Dataset::open(setup.paths, "cifar10"));
  GRADUS_TRY(const datasets::Split split, dataset.split({kTrain, kVal, 0}));
  const bool with_peer = fs::exists(setup.python);
  Row epoch{"epoch: SimpleNN, training and validation",
            "s",
            {"gradus", {}},
            {},
            "ratio",
            ">= 4 times",
            ""};
  Row whole{"epoch: the whole command, " + std::to_string(setup.epochs) + " epochs",
            "s",
            {"gradus run", {}},
            {},
            "ratio",
            "",
            "ours also examines untrained weights, tests, grades and renders"};
  if (with_peer) {
    epoch.other = Sample{"PyTorch eager, DataLoader with 2 workers", {}};
    whole.other = Sample{"python", {}};
  } else {
    epoch.note = "no peer: make its environment with './gradus bench peer'";
  }
  for (int round = 0; round < setup.rounds_or(3); ++round) {
    if (with_peer) {
      GRADUS_TRY(const Side peer, run_peer(setup, split));
      for (const double s : peer.epoch_s) epoch.other->values.push_back(s);
      whole.other->values.push_back(peer.whole_s);
      epoch.note = peer.what;
      setup.say("round " + std::to_string(round + 1) + ": peer " +
                std::to_string(summarise(peer.epoch_s).median) + " s an epoch");
    }
    GRADUS_TRY(const Side ours, run_ours(setup));
    for (const double s : ours.epoch_s) epoch.ours.values.push_back(s);
    whole.ours.values.push_back(ours.whole_s);
    setup.say("round " + std::to_string(round + 1) + ": gradus " +
              std::to_string(summarise(ours.epoch_s).median) + " s an epoch");
  }
  return std::vector<Row>{std::move(epoch), std::move(whole)};
}

}  // namespace gradus::bench
