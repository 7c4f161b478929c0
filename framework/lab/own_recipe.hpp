#pragma once

#include <map>
#include <optional>
#include <string>

#include "framework/lab/lab.hpp"
#include "framework/lab/node.hpp"
#include "framework/lab/problems.hpp"

namespace gradus::lab {

/// Name of the file in a submission.
inline constexpr const char* kOwnRecipeFile = "recipe.toml";

/// What a submission's recipe.toml says, as it was written: epochs are not scaled yet.
struct OwnRecipe {
  std::string text;                    ///< of the file
  std::map<std::string, Json> values;  ///< by dotted key: "optimizer.lr", "input.crop"
};

/// Reads a recipe.toml against what the lab allows. `file`: as messages name it. Error
/// (submission): everything that is wrong, a line each, "recipe.toml:line:column: found, wanted".
Result<OwnRecipe> read_own_recipe(const std::string& text, const std::string& file, const Lab& lab);
/// Puts the values into the tasks that take them; epochs and times scaled by the profile's
/// epochs.scale. Where optimizer.name or schedule.name is another than the task's, the table begins
/// anew: keys that it may set and does not get their default, not the lab's value for another.
void apply_own_recipe(Lab& lab, const OwnRecipe& own);

/// [submission] recipe: groups become their keys.
OwnRecipeRules read_own_recipe_rules(const Node& node, Problems& problems);
/// Keys that a lab may let a submission set: all that arms may vary but plugins.
const std::vector<std::string>& own_recipe_keys();

}  // namespace gradus::lab
