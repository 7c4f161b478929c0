// Marks again, without running anything.
//
// Theory of operation. The lab is expanded as for a run, but nothing is built and no data is
// opened: what only that could tell (hashes of libraries, data and split, the toolchain) is taken
// from the plan that each run's evidence holds. What then still differs is a difference of the lab
// that would have made another run, and is an error; what is equal is the run that the lab asks
// for.

#include "grader/regrade.hpp"

#include <map>

#include "framework/core/files.hpp"
#include "framework/core/text.hpp"
#include "grader/batch/row.hpp"
#include "grader/lab_fault.hpp"
#include "grader/stop_arms/rounds.hpp"

namespace gradus::grader {
namespace {

constexpr const char* kRunAgain =
    "Only rubric, feedback, visibility, texts and figures may differ; for another run call 'gradus "
    "run' or 'gradus grade' again (what is there is not repeated), or give the --set and --task of "
    "then.";

/// Plugins: what resolving fills in.
void take_plugin(Json& wanted, const Json& had) {
  if (!wanted.is_object()) return;
  if (had.is_null() && wanted["role"] == "submission" && wanted["name"] == "") {
    wanted = nullptr;  // optional, and not handed in
  }
  if (!wanted.is_object() || !had.is_object()) return;
  wanted["library_hash"] = had.value("library_hash", Json());
  if (wanted["name"] == "") wanted["name"] = had.value("name", Json());
}

/// The first key whose values differ, as "recipe.epochs is 30 in the lab, the run had 12".
std::string difference(const Json& wanted, const Json& had, const std::string& at) {
  if (wanted == had) return "";
  if (wanted.is_object() && had.is_object()) {
    for (const auto& [key, value] : wanted.items()) {
      const std::string path = at.empty() ? key : at + "." + key;
      if (!had.contains(key)) return path + " is new in the lab";
      if (const std::string found = difference(value, had[key], path); !found.empty()) return found;
    }
    return (at.empty() ? std::string("the run") : at) + " had more keys then";
  }
  const auto shown = [](const Json& value) {
    return printable(value.dump(-1, ' ', false, Json::error_handler_t::replace), false, 120);
  };
  return at + " is " + shown(wanted) + " in the lab, the run had " + shown(had);
}

/// The class of a GPU, and what "auto" was on the machine of then.
void take_device(const lab::Lab& lab, Json& wanted, const Json& had) {
  if (lab.device == "cpu") return;
  std::vector<const char*> keys = {"device_name"};
  if (lab.device == "auto") keys.insert(keys.end(), {"device", "threads"});
  for (const char* key : keys) {
    wanted.erase(key);
    if (had.contains(key)) wanted[key] = had[key];
  }
  const Json limits = had.value("limits", Json());
  if (lab.device != "auto" || !limits.is_object() || had.value("device", Json()) != "cuda") return;
  wanted["limits"]["gpu_memory_mib"] = lab.gpu_memory_mib;
}

/// Empty where the evidence answers the planned run.
std::string difference(const lab::Lab& lab, const PlannedRun& planned, const Json& had) {
  if (!had.is_object() || !had.contains("data") || !had["data"].is_object())
    return "its evidence holds no plan";
  Json wanted = planned.run.hashed();
  for (const char* key : {"toolchain", "sandbox"}) wanted[key] = had.value(key, Json());
  // What depends on the machine that it ran on.
  if (lab.threads == 0) wanted["threads"] = had.value("threads", Json());
  if (lab.precision != "float32") wanted["dtype"] = had.value("dtype", Json());
  take_device(lab, wanted, had);
  for (const char* key : {"hash", "split_hash", "channels", "height", "width", "classes"})
    wanted["data"][key] = had["data"].value(key, Json());
  for (const char* kind : {"model", "activation", "augmentation"})
    take_plugin(wanted[kind], had.value(kind, Json()));
  const auto stop = [](const Json& run) { return run.value("stop_after", std::int64_t{0}); };
  const std::int64_t here = stop(wanted), then = stop(had);
  if (here != then) {
    const auto end = [](std::int64_t epoch) {
      return epoch == 0 ? std::string("at its own end") : "after epoch " + std::to_string(epoch);
    };
    return "under the lab's stop_arms its arm ends " + end(here) + ", then it ended " + end(then);
  }
  return difference(wanted, had, "");
}

/// Evidence of a result folder, each run's read once.
class Stored {
 public:
  Stored(const fs::path& folder, const LabResult& old) : folder_(folder) {
    for (const ResultRun& run : old.runs) hashes_[run.id] = run.run_hash;
  }
  /// "" where the result had no such run.
  std::string hash(const std::string& id) const {
    const auto found = hashes_.find(id);
    return found == hashes_.end() ? "" : found->second;
  }
  fs::path place(const std::string& hash) const {
    return folder_ / "runs" / fs::path(hash).filename();
  }
  /// Null where it cannot be read: error() says why.
  const Evidence* evidence(const std::string& hash) {
    const auto [at, fresh] =
        read_.try_emplace(hash);  // runs that share a hash share their evidence
    if (fresh) {
      auto read = read_evidence(place(hash));
      if (read.ok()) {
        at->second.evidence = std::move(read->evidence);
      } else {
        at->second.error = read.error().what;
      }
    }
    return at->second.evidence ? &*at->second.evidence : nullptr;
  }
  const std::string& error(const std::string& hash) { return read_[hash].error; }

 private:
  struct One {
    std::optional<Evidence> evidence;
    std::string error;
  };
  fs::path folder_;
  std::map<std::string, std::string> hashes_;
  std::map<std::string, One> read_;
};

/// The evidence of every planned run; what is wrong with the others goes to `problems`. Arms that
/// the lab's rule stops early get the plan of the rung where it does.
std::vector<executor::Entry> entries_of(const fs::path& folder, const LabResult& old,
                                        const lab::Lab& lab, Plan& plan,
                                        std::vector<std::string>& problems) {
  Stored stored(folder, old);
  Rounds rounds(lab, plan);
  rounds.advance([&](std::size_t run) {
    const std::string hash = stored.hash(plan.runs[run].id);
    return hash.empty() ? nullptr : stored.evidence(hash);
  });
  std::vector<executor::Entry> entries;
  for (const PlannedRun& planned : plan.runs) {
    const std::string hash = stored.hash(planned.id);
    if (hash.empty()) {
      problems.push_back("the run " + planned.id + " is missing");
      continue;
    }
    const Evidence* evidence = stored.evidence(hash);
    if (evidence == nullptr) {
      problems.push_back("the run " + planned.id + " is missing (" + stored.error(hash) + ")");
      continue;
    }
    if (const std::string other = difference(lab, planned, evidence->plan); !other.empty()) {
      problems.push_back("the run " + planned.id + " is missing: " + other);
      continue;
    }
    entries.push_back({hash, stored.place(hash), std::nullopt});
  }
  return entries;
}

/// The submission's recipe of then, read again: the lab may allow less by now.
Status take_recipe(const fs::path& folder, const LabResult& old, Prepared& prepared) {
  if (old.own_recipe.is_null()) return {};
  auto own = lab::read_own_recipe(old.own_recipe.at("text").get<std::string>(), lab::kOwnRecipeFile,
                                  prepared.lab);
  if (!own.ok()) {
    return user_error(folder.string(),
                      "the lab no longer takes the submission's recipe: " + own.error().what,
                      kRunAgain);
  }
  lab::apply_own_recipe(prepared.lab, *own);
  prepared.own_recipe = std::move(*own);
  return {};
}

/// Marks that rest on an overlay would silently lose it.
Status check_overlay(const fs::path& folder, const LabResult& old, const lab::Lab& lab) {
  if (!old.environment.contains("private overlay") || !lab.private_hash.empty()) return {};
  return user_error(folder.string(), "was marked with a private overlay, found none",
                    "Give its file with --private.");
}

}  // namespace

Result<Remarked> remark(const fs::path& folder, const lab::Lab& lab,
                        const std::vector<std::string>& tasks) {
  GRADUS_TRY(const LabResult old, read_result(folder));
  if (old.lab != lab.id) {
    return user_error(
        folder.string(),
        "is a result of the lab '" + printable(old.lab) + "', wanted one of '" + lab.id + "'",
        "Give the lab's file with --lab.");
  }
  GRADUS_CHECK(check_overlay(folder, old, lab));
  Prepared prepared;
  prepared.lab = lab;
  prepared.tasks = tasks;
  prepared.submission = old.submission;
  prepared.submission_hash = old.submission_hash;
  prepared.failure = old.failure;
  prepared.classes = old.classes;
  prepared.sandbox = old.sandbox;
  GRADUS_CHECK(take_recipe(folder, old, prepared));
  Remarked remarked;
  if (!old.failure) {
    prepared.plan = lab::expand(prepared.lab, tasks);
    std::vector<std::string> problems;
    remarked.entries = entries_of(folder, old, lab, prepared.plan, problems);
    if (!problems.empty()) return user_error(folder.string(), join(problems, "\n"), kRunAgain);
    GRADUS_CHECK(check_references(prepared.lab, prepared.plan, remarked.entries));
  }
  remarked.result = grade(prepared, remarked.entries);
  auto& about = remarked.result.environment;
  const auto overlay = about.extract("private overlay");
  about = old.environment;  // of the runs: they are the same
  if (!overlay.empty()) about["private overlay"] = overlay.mapped();
  return remarked;
}

Result<RemarkedClass> remark_class(const fs::path& folder, const lab::Lab& lab) {
  RemarkedClass remarked;
  GRADUS_TRY(remarked.grades, read_grades(folder));
  Grades& grades = remarked.grades;
  if (grades.lab != lab.id) {
    return user_error(
        folder.string(),
        "holds grades of the lab '" + printable(grades.lab) + "', wanted '" + lab.id + "'",
        "Give the lab's file with --lab.");
  }
  std::vector<std::string> problems;
  for (GradedSubmission& row : grades.submissions) {
    row.plan_hash.clear();
    if (row.state == GradeState::not_graded || row.result.empty()) continue;
    auto one = remark(folder / row.result, lab, {});
    if (!one.ok()) {
      problems.push_back(row.name + ": " + one.error().what);
      continue;
    }
    GradedSubmission made = row_of(one->result, one->entries);
    made.name = row.name;
    made.result = row.result;
    made.seconds = row.seconds;
    made.content_hash = row.content_hash;
    row = std::move(made);
    remarked.results.emplace_back(folder / row.result, std::move(one->result));
  }
  if (!problems.empty()) return user_error(folder.string(), join(problems, "\n"), kRunAgain);
  grades.title = lab.title;
  grades.plan_hash.clear();
  grades.items = items_of(lab, {});
  return remarked;
}

Status rewrite_result(const LabResult& result, const fs::path& folder) {
  return write_file_atomically(folder / "result.json", to_json(result).dump(2) + "\n");
}

}  // namespace gradus::grader
