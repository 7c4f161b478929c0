#include <algorithm>
#include <ctime>

#include "framework/bench/peer.hpp"
#include "framework/bench/suites.hpp"
#include "framework/core/files.hpp"
#include "framework/record/evidence.hpp"

// Ours is what a student gets: `gradus run` of a lab (labs/training), sandbox on, two processes a
// run, evidence written, graded and rendered. The peers are peer.py. All train on the same images
// in batches of 128 and evaluate on the same 5,000 after every epoch.
namespace gradus::bench {
namespace {

/// What is asked of a kind of work on one device.
struct Target {
  const char* task;  ///< of labs/training
  int runs;
  double goal_eager, goal_tuned;       ///< 0: none
  const char* more_goal = "";          ///< of what machine another goal is asked
  const char* precision = "bfloat16";  ///< ours; the CPU's SimpleNN waits for no memory
};

/// One kind of work. What finds the ranks of rates is a sweep: a GPU takes more of them at once.
struct Work {
  const char* name;
  const char* net;  ///< of peer.py
  bool augment;
  Target cpu, gpu;
};

constexpr Work kEpoch{"SimpleNN, one run",
                      "simplenn",
                      false,
                      {"simplenn", 1, 6, 2, "", "float32"},
                      {"simplenn", 1, 20, 6}};
constexpr Work kSweep{"SimpleNN, a sweep",
                      "simplenn",
                      false,
                      {"simplenn_sweep", 8, 11, 3.3, "", "float32"},
                      {"simplenn_wide_sweep", 16, 30, 0}};
constexpr Work kResNet{"ResNet-20, one run",
                       "resnet20",
                       true,
                       {"resnet20", 1, 2.7, 1.2, " (AMX: 4.5)"},
                       {"resnet20", 1, 8, 3}};
constexpr Work kResNetSweep{"ResNet-20, 4 runs",
                            "resnet20",
                            true,
                            {"resnet20_sweep", 4, 3.1, 1.35, " (AMX: 5)"},
                            {"resnet20_sweep", 4, 0, 0}};

/// A kind of work on the device that was asked for.
struct Job {
  const Setup& setup;
  const Work& work;
  const Target& target = setup.device == "cpu" ? work.cpu : work.gpu;
};

/// Seconds that one epoch of one run took; of runs side by side, of all together.
Result<double> seconds_an_epoch(const fs::path& result, const Job& job) {
  const int wanted = job.target.runs, epochs = job.setup.epochs;
  std::vector<Observed> runs;
  std::error_code error;
  for (fs::directory_iterator it(result / "runs", error), end; !error && it != end;
       it.increment(error)) {
    GRADUS_TRY(const EvidenceFolder folder, read_evidence(it->path()));
    if (folder.observed.epoch_wall_ms.size() == static_cast<std::size_t>(epochs)) {
      runs.push_back(folder.observed);
    }
  }
  if (runs.size() != static_cast<std::size_t>(wanted)) {
    return infrastructure_error(
        result.string(),
        std::to_string(runs.size()) + " runs were finished, wanted " + std::to_string(wanted));
  }
  if (runs.size() == 1) return summarise(runs[0].epoch_wall_ms).median / 1000;
  // From the first start to the last end, starts and tests included.
  double first = 1e18, last = 0;
  for (const Observed& run : runs) {
    std::tm utc{};
    if (strptime(run.started.c_str(), "%Y-%m-%dT%H:%M:%S", &utc) == nullptr) {
      return infrastructure_error(result.string(), "a run started at '" + run.started + "'");
    }
    const auto start = static_cast<double>(timegm(&utc));
    first = std::min(first, start);
    last = std::max(last, start + run.wall_ms / 1000);
  }
  return (last - first) / (wanted * epochs);
}

Result<double> run_ours(const Job& job) {
  const Setup& setup = job.setup;
  const fs::path out = setup.scratch / "ours";
  GRADUS_CHECK(remove_tree(out));
  Command command;
  command.argv = {(setup.paths.prefix / "bin" / "gradus").string(),
                  "run",
                  (setup.root / "framework" / "bench" / "labs" / "training").string(),
                  "--task",
                  job.target.task,
                  "--device",
                  setup.device,
                  "--set",
                  "recipe.epochs=" + std::to_string(setup.epochs),
                  "--set",
                  std::string("run.precision=") + job.target.precision,
                  "--fresh",
                  "--no-pdf",
                  "--out",
                  out.string()};
  command.timeout_ms = 4 * 3600e3;
  if (const auto ran = wall_ms(command, {0, 1}); !ran.ok()) return ran.error();
  return seconds_an_epoch(out, job);
}

Result<std::vector<Row>> measure(const Setup& setup, const Work& work) {
  const Job job{setup, work};
  const Target& target = job.target;
  const std::string name =
      std::string(work.name) +
      (target.runs > 4 ? " of " + std::to_string(target.runs) + " rates" : "") +
      (setup.device == "cpu" ? "" : " on a GPU");
  GRADUS_TRY(const fs::path folder, split_folder(setup));
  Row eager{name + ", against eager PyTorch with a DataLoader",
            "s an epoch",
            {"gradus run", {}},
            Sample{"PyTorch eager, DataLoader with 2 workers", {}},
            "ratio",
            goal_text(target.goal_eager) + target.more_goal,
            "",
            name,
            "eager",
            target.goal_eager};
  Row tuned{name + ", against tuned PyTorch",
            "s an epoch",
            {"gradus run", {}},
            Sample{"PyTorch channels-last, data in memory", {}},
            "ratio",
            goal_text(target.goal_tuned),
            "",
            name,
            "tuned",
            target.goal_tuned};
  const bool with_peer = has_peer(setup);
  if (!with_peer) {
    eager.other.reset();
    eager.name = name;
    eager.note = why_no_peer(setup);
  }
  const auto say = [&](int round, const std::string& who, double seconds) {
    setup.say("round " + std::to_string(round + 1) + ": " + who + " " + std::to_string(seconds) +
              " s an epoch");
  };
  for (int round = 0; round < setup.rounds_or(3); ++round) {
    for (Row* row : {&eager, &tuned}) {
      if (!with_peer) continue;
      const std::string style = row == &eager ? "eager" : "tuned";
      const auto peer = [&]() -> Result<double> {
        const PeerWork wanted{work.net, style, work.augment, target.runs, setup.epochs};
        GRADUS_TRY(const Peer done, run_peer(setup, wanted, folder));
        row->note = done.what;
        return done.seconds;
      };
      GRADUS_TRY(const double seconds, take(peer, *row->other));
      say(round, style, seconds);
    }
    GRADUS_TRY(const double ours, take([&] { return run_ours(job); }, eager.ours));
    say(round, "gradus", ours);
  }
  tuned.ours = eager.ours;
  std::vector<Row> rows = {std::move(eager)};
  if (with_peer) rows.push_back(std::move(tuned));
  return rows;
}

}  // namespace

Result<std::vector<Row>> measure_epoch(const Setup& setup) { return measure(setup, kEpoch); }
Result<std::vector<Row>> measure_sweep(const Setup& setup) { return measure(setup, kSweep); }
Result<std::vector<Row>> measure_resnet(const Setup& setup) { return measure(setup, kResNet); }
Result<std::vector<Row>> measure_resnet_sweep(const Setup& setup) {
  return measure(setup, kResNetSweep);
}

}  // namespace gradus::bench
