#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "framework/record/evidence.hpp"

namespace gradus {

inline constexpr const char* kResultSchema = "gradus.result/1";

/// One rubric item, marked.
struct RubricOutcome {
  std::string id, title, check, task;
  double points = 0, max_points = 0;
  bool bonus = false;
  std::string
      verdict;  ///< "pass", "partial", "fail", "not_graded" (infrastructure: never costs points)
  std::string found, wanted;  ///< short texts for the table, e.g. "65.84 %", "at least 63 %"
  std::string feedback;       ///< one sentence: number found, number wanted, likely cause
  Trust trust = Trust::recomputed;
  std::string visibility = "visible";
  bool details_private = false;  ///< a student sees points and verdict, not what was wanted
};

/// A run that the result rests on; its evidence is copied to runs/<run_hash>.
struct ResultRun {
  std::string id, task;
  std::map<std::string, Json> arm;
  std::int64_t trial = 0;
  std::string run_hash;
  std::string status;  ///< as Evidence::status, or "missing"
  /// Its arm was stopped early, after so many epochs; all its figures are those of then. Absent: it
  /// went to its end (which may be its own early stopping, or divergence).
  std::optional<std::int64_t> stopped_after;
};

/// A task as the report needs it.
struct ResultTask {
  std::string id, title, kind, text;  ///< kind: "probe" or "train"; text: what the task shows
  std::vector<std::string> varied;    ///< keys that arms differ in; empty: one arm
  /// What the document reached: {"val_accuracy": fractions, one an arm, "source": text, and where
  /// this profile trains for less than "full" "trained_less": true}; null: the lab names none.
  Json reported = nullptr;
  bool own_recipe = false;  ///< trained by the submission's own recipe, see LabResult::own_recipe
  std::string visibility = "visible";
  /// How its arms were stopped early: {"rule", "rungs", and "keep" where the rule has it}; null
  /// where every arm went to its end.
  Json stop_arms = nullptr;
};

/// Figures that a lab asks of the report for a task.
struct FigureSpec {
  std::string kind;  ///< "curves", "sweep", "layers", "confusion"
  std::string task;
  std::string title, caption;
  std::string key;  ///< sweep: the varied key on the x axis
  std::string visibility = "visible";
};

/// result.json: the canonical outcome of one submission in one lab. Paths inside are relative.
struct LabResult {
  std::string lab, title, profile, text;
  std::string submission;  ///< printable name; "reference" for the lab's own plugins
  std::string submission_hash;
  std::string sandbox;              ///< "full", "reduced", "off"
  std::string state;                ///< "graded", "not_graded", "build_failed", "rejected"
  std::optional<Failure> failure;   ///< of the build, where there was one
  double score = 0, max_score = 0;  ///< bonus points count in score, not in max_score
  double cap = 0;                   ///< neither is more than this; 0: not bounded
  std::string due;                  ///< UTC, ISO 8601; empty: the lab has no due date
  /// The submission's recipe.toml: {"text": the file, "values": by dotted key, as written}; null
  /// where none was taken.
  Json own_recipe = nullptr;
  bool secret_seed = false;  ///< the seeds come from a course's secret
  bool withheld = false;     ///< a student's view that leaves something out
  std::vector<RubricOutcome> rubric;
  std::vector<ResultTask> tasks;
  std::vector<FigureSpec> figures;
  std::vector<ResultRun> runs;
  std::map<std::string, std::string> environment;  ///< versions, class names' data set, seeds
  std::vector<std::string> classes;                ///< names of the K classes
};

Json to_json(const LabResult&);
Result<LabResult> lab_result_from_json(const Json&);
Result<LabResult> read_result(const std::filesystem::path& folder);  ///< folder/result.json

}  // namespace gradus
