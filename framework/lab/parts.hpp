#pragma once

// The pieces that a lab is put together from; private to this room. Each reads one kind of table
// and adds what is wrong to the problems; what it returns is then of no use, but safe.

#include <optional>

#include "framework/lab/lab.hpp"
#include "framework/lab/table.hpp"

namespace gradus::lab {

/// What tasks inherit.
struct Defaults {
  Recipe recipe;
  InputSpec input;
  std::int64_t trials = 1, train_images = 0;
  const Node* root = nullptr;  ///< where they were written
};

/// Reads the whole document, profile and overrides already applied.
Lab assemble(const Node& root, const Vocabulary& vocabulary, Problems& problems);

/// [recipe] (with its fallbacks) or a task's recipe table (only what it names) into `recipe`.
void read_recipe(const Node* node, const std::string& path, bool fallbacks, Recipe& recipe,
                 Problems& problems);
/// Puts a valid value into a recipe; false for a key that is none of [recipe]'s ("optimizer.lr").
bool set_recipe_value(Recipe& recipe, const std::string& key, const Json& value);
/// What [input], or a task's own table, names into `input`.
void read_input(const Node* node, const std::string& path, InputSpec& input, Problems& problems);

Task read_task(const Node& node, const Defaults& defaults, const Vocabulary& vocabulary,
               Problems& problems);
RubricItem read_rubric_item(const Node& node, const std::vector<Task>& tasks,
                            const Vocabulary& vocabulary, Problems& problems);
FigureSpec read_figure(const Node& node, const std::vector<Task>& tasks, Problems& problems);

/// [task.stop_arms] of a task whose arms have been read.
void read_stop_arms(const Node* node, const std::string& path, Task& task, Problems& problems);
/// Rungs that no arm reaches. Not to be asked under a profile that scales epochs: rounding may lift
/// a rung to the end of a short run.
void check_rungs(const Lab& lab, const Node& root, Problems& problems);

/// A valid plugin value, from a file or from an arm.
PluginUse plugin_of(const std::string& kind, const Json& value);
/// Puts a valid value of a varied key into a run.
void set_varied(RunPlan& run, const std::string& key, const Json& value);
/// What a task and one of its arms say of a run: plugins, recipe and input; all else is as new.
RunPlan run_of_arm(const Task& task, const std::map<std::string, Json>& arm);

/// Puts a valid value into a pipeline; false for a key that is none of [input]'s ("input.crop").
bool set_input_value(InputSpec& input, const std::string& key, const Json& value);
/// What makes a run's recipe and input contradict themselves; none in sound ones.
std::vector<Contradiction> contradictions(const RunPlan& run);

/// Values of an arm by dotted key, each checked against the task's arms; empty where wrong.
Json read_arm(const Node& node, const Task& task, const std::string& subject, Problems& problems);

}  // namespace gradus::lab
