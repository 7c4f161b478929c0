#pragma once

#include <string>
#include <vector>

#include "framework/lab/node.hpp"
#include "framework/lab/problems.hpp"

namespace gradus::lab {

/// Applies a [profile.NAME] table to the document: epochs.scale first, then every other key by its
/// dotted path, so that a number of epochs that a profile states is taken as it stands.
void apply_profile(Node& root, const Node& profile, Problems& problems);

/// Applies `--set` overrides in the same way.
void apply_overrides(Node& root, const std::vector<std::pair<std::string, std::string>>& overrides,
                     Problems& problems);

}  // namespace gradus::lab
