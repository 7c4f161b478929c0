#pragma once

// What a trainer keeps in mind from one epoch to the next, beside the weights that it hands out: so
// that another trainer of the same run, given both, goes on with equal bytes. LibTorch's generator
// is no part of it, since it is seeded at each epoch's start; batches follow from seed and epoch.
//
// The tensors, all of kind "optimizer":
//   INDEX/WHAT   the updater's memory (updater.hpp)
//   exact:NAME   parameters and buffers that do not survive as float32
//   warnings     uint8 text, a JSON list: the guard's warnings so far

#include "framework/core/result.hpp"
#include "framework/record/messages.hpp"
#include "framework/worker/guard.hpp"
#include "framework/worker/network.hpp"
#include "framework/worker/train/updater.hpp"

namespace gradus::worker {

/// The state behind the epoch.
Result<Weights> take_state(Network& network, const Updater& updater, std::int64_t epoch);

/// Puts it back into a fresh network and updater; the weights must be there already. Error
/// (infrastructure): it is not of such a network.
Status put_state(Network& network, Updater& updater, const Weights& state);

}  // namespace gradus::worker
