#include "framework/bench/peer.hpp"

#include <nlohmann/json.hpp>

#include <cstdio>

#include "datasets/store/store.hpp"
#include "framework/core/files.hpp"

namespace gradus::bench {
namespace {

constexpr std::int64_t kTrain = 45000, kVal = 5000;

}  // namespace

bool has_peer(const Setup& setup) { return setup.peers && fs::exists(setup.python); }

std::string why_no_peer(const Setup& setup) {
  if (has_peer(setup)) return "";
  return setup.peers ? "no peer: make its environment with './gradus bench peer'"
                     : "measured without its peers, as --no-peer says";
}

Result<Peer> run_peer(const Setup& setup, const PeerWork& work, const fs::path& split) {
  Command command;
  command.argv = {setup.python.string(),
                  (setup.root / "framework" / "bench" / "peer.py").string(),
                  "--split",
                  split.string(),
                  "--net",
                  work.net,
                  "--style",
                  work.style,
                  "--runs",
                  std::to_string(work.runs),
                  "--device",
                  setup.device,
                  "--epochs",
                  std::to_string(work.epochs)};
  if (work.augment) command.argv.push_back("--augment");
  command.timeout_ms = 4 * 3600e3;
  command.output_limit = std::size_t{1} << 20;
  GRADUS_TRY(const Completed done, gradus::run(command));
  const Json json = Json::parse(done.out, nullptr, false);
  if (done.exit_code != 0 || !json.is_object() || !json.contains("epoch_s")) {
    return infrastructure_error(command.argv[1], "failed: " + done.err);
  }
  Peer peer;
  peer.seconds = summarise(json["epoch_s"].get<std::vector<double>>()).median;
  peer.what = "torch " + json.value("torch", "?") + ", torchvision " +
              json.value("torchvision", "?") + ", " + std::to_string(json.value("threads", 0)) +
              " threads, " + json.value("dtype", "?");
  return peer;
}

Result<fs::path> split_folder(const Setup& setup) {
  GRADUS_TRY(const auto dataset, datasets::Dataset::open(setup.paths, "cifar10"));
  GRADUS_TRY(const datasets::Split split, dataset.split({kTrain, kVal, 0}));
  return split.train.images.parent_path();
}

std::string goal_text(double times) {
  if (times <= 0) return "-";
  char text[32];
  std::snprintf(text, sizeof text, ">= %g times", times);
  return text;
}

}  // namespace gradus::bench
