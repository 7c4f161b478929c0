#pragma once

// What the fake worker answers for probes: an activation (swish), an augmentation (cutout), and the
// figures that a trainer claims. `fault`: the behaviour's name; those known here change one thing.

#include <string>
#include <vector>

#include "framework/record/messages.hpp"
#include "framework/record/plan.hpp"

namespace gradus::fake {

/// The answer to "apply". `requests`: how many came before.
std::vector<float> applied(const Frame& request, const std::string& fault, std::int64_t requests);

/// What the trainer claims for a probe. `images_fd`: the training images, bytes as they are stored.
Json figures_of(const std::string& probe, const std::string& fault, const RunPlan& plan,
                int images_fd);

}  // namespace gradus::fake
