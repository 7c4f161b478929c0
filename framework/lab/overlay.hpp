#pragma once

#include <string>
#include <vector>

#include "framework/lab/node.hpp"
#include "framework/lab/problems.hpp"

namespace gradus::lab {

/// Applies a [profile.NAME] table to the document: epochs.scale first, then every other key by its
/// dotted path, so that a number of epochs that a profile states is taken as it stands.
/// Returns epochs.scale; 1 where there is none.
double apply_profile(Node& root, const Node& profile, Problems& problems);

/// Applies `--set` overrides in the same way.
double apply_overrides(Node& root,
                       const std::vector<std::pair<std::string, std::string>>& overrides,
                       Problems& problems);

}  // namespace gradus::lab
