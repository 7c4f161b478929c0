// Reads a lab file.
//
// Theory of operation. toml++ parses; its tree is copied to Nodes that keep positions. The private
// overlay, a profile, then --set, change that tree by dotted paths (document.cpp). Only then is it
// read, table by table, against the schema, so that a key is checked in one place whoever wrote it,
// and a complaint names the line of the file, or the option, that the value came from. Every other
// profile of the file is read too: a lab that fails in its full profile should not be found out by
// a class. What the profile "full" trains is also the measure of what this one trains.

#include <algorithm>

#include "framework/core/text.hpp"
#include "framework/lab/document.hpp"
#include "framework/lab/parts.hpp"

namespace gradus::lab {
namespace {

constexpr const char* kWholeProfile = "full";

std::int64_t most_epochs(const Task& task) {
  std::int64_t most = 0;
  for (const auto& arm : task.arms) most = std::max(most, run_of_arm(task, arm).recipe.epochs);
  return most;
}

/// Notes on the document's figures where the task trains on fewer images or for fewer epochs than
/// in `whole`, the lab as its full profile has it: a difference from them then says nothing of the
/// network.
void compare_training(Lab& lab, const Lab& whole) {
  for (Task& task : lab.tasks) {
    const Task* full = task_named(whole.tasks, task.id);
    if (task.reported.is_null() || full == nullptr) continue;
    const bool fewer_images = task.train_images > 0 &&
                              (full->train_images == 0 || task.train_images < full->train_images) &&
                              task.train_images < lab.data.split.train;
    if (fewer_images || most_epochs(task) < most_epochs(*full))
      task.reported["trained_less"] = true;
  }
}

}  // namespace

Result<Lab> read_lab(const std::filesystem::path& file, const std::string& profile,
                     const Vocabulary& vocabulary, const std::vector<Override>& overrides,
                     const std::filesystem::path& private_overlay) {
  Problems problems;
  GRADUS_TRY(const Document document, open_document(file, private_overlay, problems));
  const auto& all = document.profiles;
  const std::string chosen = profile.empty() ? document.standard : profile;
  if (std::find(all.begin(), all.end(), chosen) == all.end()) {
    return user_error(file.string(),
                      "found no profile '" + printable(chosen, false, 60) + "', wanted one of " +
                          enumerate(all) + did_you_mean(chosen, all),
                      "Name one of them with --profile.");
  }
  Lab lab = lab_of(document, tree_of(document, chosen, overrides, problems), chosen, vocabulary,
                   problems);
  for (const std::string& other : all) {
    if (other == chosen && overrides.empty()) continue;
    const Lab one =
        lab_of(document, tree_of(document, other, {}, problems), other, vocabulary, problems);
    // With problems, what was read is of no use.
    if (other == kWholeProfile && problems.empty()) compare_training(lab, one);
  }
  if (!problems.empty()) return problems.error();
  return lab;
}

}  // namespace gradus::lab
