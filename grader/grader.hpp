#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "framework/core/paths.hpp"
#include "framework/executor/executor.hpp"
#include "framework/lab/lab.hpp"
#include "framework/lab/own_recipe.hpp"
#include "framework/record/lab_result.hpp"

namespace gradus::grader {

/// Checks and probes that exist, with their keys: the lab reader's vocabulary (grader/checks table,
/// probe table of framework/record/probes.hpp, catalogue names handed in by the caller).
lab::Vocabulary vocabulary(std::vector<std::string> datasets);

/// A lab and a plan whose sources, data and splits are resolved to hashes; ready to execute.
struct Prepared {
  lab::Lab lab;
  Plan plan;
  std::string submission, submission_hash;
  std::optional<lab::OwnRecipe> own_recipe;  ///< of the submission; the lab's tasks have its values
  std::optional<Failure> failure;  ///< the submission could not be built or lacks a plugin: no runs
  std::string build_log;
  std::vector<std::string> tasks;    ///< that were asked for; empty: all
  std::vector<std::string> classes;  ///< names of the data set's classes
  std::string sandbox = "full", toolchain;
};

struct Request {
  std::filesystem::path lab_file;
  std::filesystem::path private_overlay;  ///< what students must not see; empty: none
  std::string profile;                    ///< empty: the lab's default
  std::filesystem::path submission;       ///< folder of sources; empty: the lab's reference
  std::string submission_name;            ///< printable; empty: the folder's
  std::vector<std::string> tasks;         ///< empty: all
  std::vector<lab::Override> overrides;
  int level = 0;  ///< 1 to 10: only what a check up to this level runs (lab::limit_level); 0: all
  std::string sandbox = "full";
  std::vector<std::string> datasets;  ///< names of the catalogue; empty: the store decides
  /// Polled while something is built; true ends that with an Error. Empty: nobody asks.
  std::function<bool()> cancelled{};
};
/// Reads the lab, builds submission and reference plugins (framework/build), opens data and splits.
/// `say` gets a line for everything that may take a while; it may be empty. A submission that
/// cannot be built is no error: see Prepared::failure.
Result<Prepared> prepare(const Paths& paths, const Request& request,
                         const std::function<void(const std::string&)>& say);
/// Its halves: what all submissions share (the request's submission is not looked at; no runs yet),
/// and one submission on top of that.
Result<Prepared> prepare_lab(const Paths& paths, const Request& request,
                             const std::function<void(const std::string&)>& say);
Result<Prepared> prepare_submission(const Paths& paths, Prepared lab, const Request& request,
                                    const std::function<void(const std::string&)>& say);

/// Evidence → result. Pure: the same evidence always gives the same result. `entries`: one per
/// planned run; none where prepared.failure is set. A run whose arm was stopped at a rung has a
/// plan that ends there.
///
/// state is "graded"; "not_graded" where an item has no verdict through no fault of the submission
/// (score and max_score then count only the items that have one); "build_failed" or "rejected"
/// where the submission never ran: every item 0.
LabResult grade(const Prepared& prepared, const std::vector<executor::Entry>& entries);

/// Error (user) where the folder, or one on the way to it, is a file or cannot be written to. Ask
/// before long work.
Status check_writable(const std::filesystem::path& folder);

/// Error (user) where write_result() could not use the folder: a file, a folder that cannot be
/// written to, or one with something in it that is no result, or a result of another lab than `lab`
/// (empty: of any). Ask before long work.
Status check_result_folder(const std::filesystem::path& folder, const std::string& lab = "");

/// Writes DIR/result.json and copies evidence to DIR/runs/HASH; whole or not at all. An older
/// result there is replaced at once, with its reports; files that are not ours stay. Error (user):
/// DIR is a file, or a folder with something in it that is no result.
Status write_result(const LabResult& result, const std::vector<executor::Entry>& entries,
                    const std::filesystem::path& folder);

}  // namespace gradus::grader
