#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "framework/bench/measure.hpp"
#include "framework/core/paths.hpp"
#include "framework/core/result.hpp"
#include "framework/sandbox/sandbox.hpp"

namespace gradus::bench {

struct Setup {
  Paths paths;
  Toolchain toolchain;
  std::filesystem::path root;                   ///< the checkout (for the peer's script)
  std::filesystem::path python;                 ///< of the peer's environment; may be missing
  bool peers = true;                            ///< false: not measured, though they may be there
  std::filesystem::path scratch;                ///< an empty folder of our own
  int rounds = 0;                               ///< 0: what the suite thinks enough
  int epochs = 2;                               ///< of each training run
  std::string device = "cpu";                   ///< of trainings: "cpu" or "cuda"
  sandbox::Mode drawing = sandbox::Mode::full;  ///< of the figure's drawing
  std::function<void(const std::string&)> say;
  int rounds_or(int usual) const { return rounds > 0 ? rounds : usual; }
};

/// What a command costs before it does anything: goal 20 ms.
Result<std::vector<Row>> measure_start(const Setup& setup);
/// The student's loop on one core: an edit of one file (goal 5 s), and no edit at all.
Result<std::vector<Row>> measure_rebuild(const Setup& setup);
/// A worker's start confined and not: goal 100 ms a run, that is for its two workers.
Result<std::vector<Row>> measure_sandbox(const Setup& setup);
/// Trainings the whole way, beside PyTorch as a course and as an engineer would write it.
Result<std::vector<Row>> measure_epoch(const Setup& setup);
Result<std::vector<Row>> measure_sweep(const Setup& setup);
Result<std::vector<Row>> measure_resnet(const Setup& setup);
Result<std::vector<Row>> measure_resnet_sweep(const Setup& setup);
/// ResNet-20 from nothing to the lab's target: goal a fifteenth of the paper's epochs of the eager
/// peer; on a GPU 25 s.
Result<std::vector<Row>> measure_target(const Setup& setup);

struct Suite {
  const char* name;
  const char* title;
  Result<std::vector<Row>> (*measure)(const Setup&);
  bool by_name_only = false;  ///< takes long: run where it is asked for
  bool trains = false;        ///< and so on whatever device is asked for
};
/// All, in the order in which they run.
const std::vector<Suite>& suites();

}  // namespace gradus::bench
