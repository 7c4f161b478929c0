#pragma once

#include <filesystem>
#include <string>

#include "framework/bench/suites.hpp"

namespace gradus::bench {

/// What a peer (peer.py) is to train.
struct PeerWork {
  const char* net;    ///< "simplenn", "resnet20"
  std::string style;  ///< "eager", "tuned"
  bool augment = false;
  int runs = 1, epochs = 2;
};

struct Peer {
  double seconds = 0;  ///< an epoch of one run, median
  std::string what;    ///< versions, threads, number format
};

/// Whether there are peers to be measured.
bool has_peer(const Setup& setup);
/// "" or why there are none, for the table.
std::string why_no_peer(const Setup& setup);

/// Trains on the split's images (split_folder()). Errors are infrastructure's.
Result<Peer> run_peer(const Setup& setup, const PeerWork& work, const std::filesystem::path& split);
/// Where the split that both sides train on lies.
Result<std::filesystem::path> split_folder(const Setup& setup);

/// ">= 6 times"; "-" for 0.
std::string goal_text(double times);

}  // namespace gradus::bench
