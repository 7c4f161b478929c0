#pragma once

// What training on the CPU and on a device have in common: how a run begins or goes on, what an
// epoch shows and what is handed out at its end.

#include <torch/types.h>

#include <chrono>
#include <cstdint>
#include <vector>

#include "framework/core/result.hpp"
#include "framework/record/plan.hpp"
#include "framework/worker/input/loader.hpp"
#include "framework/worker/network.hpp"
#include "framework/worker/session.hpp"
#include "framework/worker/train/trainer.hpp"
#include "framework/worker/train/updater.hpp"

namespace gradus::worker {

/// Progress is for a person's eyes: some five lines a second, however fast the steps are.
class ProgressPace {
 public:
  bool due();

 private:
  std::chrono::steady_clock::time_point next_ = std::chrono::steady_clock::now();
};

/// Of an epoch so far: Σ of mean loss × images, images whose largest logit is their label's.
struct Running {
  double loss = 0;
  std::int64_t correct = 0, images = 0;
};

bool all_finite(const std::vector<torch::Tensor>& tensors);

/// Of the images that the recipe shows in this epoch.
ImageShape shape_in(const RunPlan& plan, std::int64_t epoch);

/// Tries every size that the recipe will show: better before the first step than in the middle. A
/// model that does not take one fails, or where the plan says so (input.resize_else) it is warned
/// about and the plan shows it images of full size only.
Status settle_sizes(RunPlan& plan, Network& network);

/// Says so where the recipe's batch is larger than all there is to train on.
void tell_of_large_batch(const RunPlan& plan, std::int64_t images, Guard& guard);

LoaderOptions loader_options(const RunPlan& plan, const Network& network, bool augmented,
                             std::int64_t first_epoch);

/// Sums up an epoch, hands out what is left of it, hears what shall be next.
class EpochEnd {
 public:
  EpochEnd(const RunPlan& plan, const TrainOptions& options, Network& network,
           const Updater& updater, Session& session)
      : recipe_(plan.recipe),
        last_epoch_(plan.last_epoch()),
        options_(options),
        network_(network),
        updater_(updater),
        session_(session) {}

  Result<Verdict> operator()(std::int64_t epoch, const Running& running, double lr);

 private:
  const Recipe& recipe_;
  const std::int64_t last_epoch_;  ///< behind it nothing is awaited, but the state is handed out
  const TrainOptions& options_;
  Network& network_;
  const Updater& updater_;
  Session& session_;
};

/// Hands out the initial weights; or, where the run goes on after an epoch, fetches what that one
/// left. The verdict is what was decided then.
Result<Verdict> begin_or_go_on(const Recipe& recipe, const TrainOptions& options, Network& network,
                               Updater& updater, Session& session);

}  // namespace gradus::worker
