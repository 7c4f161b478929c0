#pragma once

#include <string>

#include "framework/record/plan.hpp"

namespace gradus::cli {

/// "epochs 2, input.resize [24]" of LabResult::own_recipe's values, which stand by dotted key.
std::string recipe_line(const Json& values);

}  // namespace gradus::cli
