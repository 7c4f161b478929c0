#pragma once

#include "framework/core/result.hpp"
#include "framework/record/plan.hpp"

namespace gradus {

/// Keys that joined after the first plans are written only where they differ from their default, so
/// that a plain recipe keeps its hash.
Json to_json(const Recipe& recipe);
/// Unknown keys, and missing ones of the first plans, are errors.
Result<Recipe> recipe_from_json(const Json& json);

}  // namespace gradus
