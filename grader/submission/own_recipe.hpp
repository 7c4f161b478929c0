#pragma once

#include <filesystem>
#include <optional>

#include "framework/core/result.hpp"
#include "framework/lab/own_recipe.hpp"

namespace gradus::grader {

/// Where a submission's recipe.toml lies: anywhere in its folder, beside the sources at best;
/// hidden and build folders are passed over. Error (submission): two of them, a link, a name that
/// differs in upper and lower case only.
Result<std::optional<std::filesystem::path>> find_own_recipe(const std::filesystem::path& folder);

/// Its text; errors (submission): no file, or larger than a recipe can be.
Result<std::string> own_recipe_text(const std::filesystem::path& file);

/// Reads it against what the lab allows; nothing where the submission has none, or the lab takes
/// none. Errors (submission) as lab::read_own_recipe().
Result<std::optional<lab::OwnRecipe>> own_recipe_of(const std::filesystem::path& folder,
                                                    const lab::Lab& lab);

}  // namespace gradus::grader
