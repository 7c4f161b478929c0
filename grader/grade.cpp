// From evidence to a result: reads each run's evidence once, asks every rubric item's check, turns
// answers into points. Nothing here trains, measures a clock or depends on the machine.

#include <algorithm>
#include <exception>
#include <map>
#include <set>

#include "framework/core/text.hpp"
#include "framework/record/points.hpp"
#include "framework/record/student_view.hpp"
#include "grader/checks/measure.hpp"
#include "grader/grader.hpp"
#include "grader/regrade.hpp"

namespace gradus::grader {
namespace {

constexpr const char* kBuildPhase = "build";

/// What is known of one planned run.
struct Loaded {
  std::optional<Evidence> evidence;
  std::optional<Failure> not_graded;
  std::optional<std::vector<Histogram>> histograms;
};

/// Absent or damaged histograms are no figure: a check that wants them fails with a sentence.
void load_histograms(const std::filesystem::path& evidence, Loaded& into) {
  if (auto histograms = read_histograms(evidence / kHistogramsFile); histograms.ok())
    into.histograms = std::move(*histograms);
}

/// `weights`: the histograms, too.
std::vector<Loaded> load(const Plan& plan, const std::vector<executor::Entry>& entries,
                         bool weights) {
  std::vector<Loaded> loaded(plan.runs.size());
  std::map<std::string, std::size_t> first;  // runs that share a hash share their evidence
  for (std::size_t i = 0; i < plan.runs.size() && i < entries.size(); ++i) {
    const auto [at, fresh] = first.try_emplace(entries[i].run_hash, i);
    if (!fresh) {
      loaded[i] = loaded[at->second];
      continue;
    }
    loaded[i].not_graded = entries[i].not_graded;
    if (entries[i].evidence.empty()) continue;
    auto folder = read_evidence(entries[i].evidence);
    if (folder.ok()) {
      loaded[i].evidence = std::move(folder->evidence);
      if (weights) load_histograms(entries[i].evidence, loaded[i]);
    } else {
      loaded[i].not_graded = Failure{
          Fault::infrastructure, "ERROR", "grade",
          "the evidence cannot be read: " + folder.error().what,
          "Remove the folder " + entries[i].evidence.filename().string() + " and run again."};
    }
  }
  return loaded;
}

std::vector<RunView> views(const Plan& plan, const std::vector<Loaded>& loaded,
                           const std::string& task) {
  std::vector<RunView> runs;
  for (std::size_t i = 0; i < plan.runs.size(); ++i) {
    if (plan.runs[i].task != task) continue;
    runs.push_back({&plan.runs[i], loaded[i].evidence ? &*loaded[i].evidence : nullptr,
                    loaded[i].not_graded ? &*loaded[i].not_graded : nullptr,
                    loaded[i].histograms ? &*loaded[i].histograms : nullptr});
  }
  return runs;
}

RubricOutcome blank(const lab::RubricItem& item) {
  RubricOutcome outcome;
  outcome.id = item.id;
  outcome.title = item.title;
  outcome.check = item.check;
  outcome.task = item.task;
  outcome.max_points = item.points;
  outcome.bonus = item.bonus;
  outcome.visibility = item.visibility;
  outcome.details_private = item.details_private;
  return outcome;
}

/// A check never throws on evidence of ours; evidence from a disk may still be odd.
CheckResult ask(const CheckInfo& check, const CheckInput& input) {
  try {
    return check.run(input);
  } catch (const std::exception& error) {
    CheckResult result;
    result.verdict = CheckResult::Verdict::not_graded;
    result.found = "not graded";
    result.reason = std::string("Not graded: the check '") + check.spec.name +
                    "' could not read the evidence: " + error.what();
    return result;
  }
}

void set(RubricOutcome& outcome, const CheckResult& result) {
  outcome.found = printable(result.found, false, 400);
  outcome.wanted = printable(result.wanted, false, 400);
  outcome.feedback = printable(result.reason, false, 2000);
  outcome.trust = result.trust;
}

/// Arms that the item looks at and that were stopped early, as a sentence; "" where there are none.
std::string stopped_note(const CheckInfo& check, const Json& options,
                         const std::vector<RunView>& runs) {
  if (check.spec.needs_whole_arms.empty()) return "";
  std::set<std::map<std::string, Json>> all, stopped;
  std::set<std::string> after;
  for (const RunView& run : runs) {
    const auto& arm = run.planned->arm;
    const Json except = options.value("except", Json::array());
    if (options.contains("arm") && !matches(arm, options.at("arm"))) continue;
    if (std::any_of(except.begin(), except.end(),
                    [&](const Json& out) { return matches(arm, out); }))
      continue;
    all.insert(arm);
    if (!was_stopped(run)) continue;
    stopped.insert(arm);
    after.insert("after " + std::to_string(run.planned->run.last_epoch()) + " of " +
                 std::to_string(run.planned->run.recipe.epochs) + " epochs");
  }
  if (stopped.empty()) return "";
  return " Not complete: " + std::to_string(stopped.size()) + " of " + std::to_string(all.size()) +
         (all.size() == 1 ? " arm was" : " arms were") + " stopped early (" +
         join(std::vector<std::string>(after.begin(), after.end()), ", ") + ")" +
         (stopped.size() == 1 ? " and counts with what it" : " and count with what they") +
         " had reached by then.";
}

/// Runs of the item's own task and of the one that it is compared with.
struct ItemRuns {
  std::vector<RunView> own, others;
};

RubricOutcome mark(const lab::RubricItem& item, const lab::Task& task, const ItemRuns& runs) {
  RubricOutcome outcome = blank(item);
  const CheckInfo* check = find_check(item.check);
  if (check == nullptr || runs.own.empty()) {
    outcome.verdict = "not_graded";
    outcome.found = "not graded";
    outcome.feedback = check == nullptr ? "Not graded: there is no check '" + item.check + "'."
                                        : "Not graded: the task has no runs.";
    return outcome;
  }
  const CheckResult whole = ask(*check, {item.options, task, runs.own, runs.others});
  set(outcome, whole);
  outcome.feedback += stopped_note(*check, item.options, runs.own);
  if (whole.verdict == CheckResult::Verdict::not_graded) {
    outcome.verdict = "not_graded";
    return outcome;
  }
  if (whole.trust == Trust::claimed && !item.accept_claimed) {
    // Points never rest on what the student's own process says, unless the lab wants them to.
    outcome.verdict = "not_graded";
    outcome.feedback =
        "Not graded: this number is only claimed by the submission's own process, and the lab does "
        "not "
        "say accept_claimed = true. " +
        outcome.feedback;
    return outcome;
  }
  if (whole.verdict == CheckResult::Verdict::pass) {
    outcome.verdict = "pass";
    outcome.points = item.points;
    return outcome;
  }
  outcome.verdict = "fail";
  for (const lab::RubricItem::Partial& partial : item.partial) {
    const CheckResult weaker = ask(*check, {partial.options, task, runs.own, runs.others});
    if (weaker.verdict != CheckResult::Verdict::pass) continue;
    if (weaker.trust == Trust::claimed && !item.accept_claimed) continue;
    outcome.verdict = "partial";
    outcome.points = partial.points;
    outcome.feedback += " " + number(partial.points) + " of " + number(item.points) +
                        " points, for " + weaker.wanted + ".";
    break;
  }
  if (!item.feedback.empty()) outcome.feedback += " " + printable(item.feedback, false, 2000);
  return outcome;
}

RubricOutcome never_ran(const lab::RubricItem& item, const Failure& failure) {
  RubricOutcome outcome = blank(item);
  outcome.verdict = "fail";
  outcome.found = "no result";
  outcome.trust = Trust::observed;
  const std::string first_line =
      printable(failure.what.substr(0, failure.what.find('\n')), false, 600);
  outcome.feedback =
      (failure.phase == kBuildPhase ? "The submission could not be built (" + failure.code + "): "
                                    : std::string("The submission was not run: ")) +
      first_line;
  return outcome;
}

bool wanted(const Prepared& prepared, const std::string& task) {
  return task.empty() || prepared.tasks.empty() ||
         std::find(prepared.tasks.begin(), prepared.tasks.end(), task) != prepared.tasks.end();
}

std::string compared_with(const lab::RubricItem& item) {
  const CheckInfo* check = find_check(item.check);
  return check == nullptr ? "" : other_task(*check, item.options);
}

bool any_reads_weights(const lab::Lab& lab) {
  return std::any_of(lab.rubric.begin(), lab.rubric.end(), [](const lab::RubricItem& item) {
    const CheckInfo* check = find_check(item.check);
    return check != nullptr && check->reads_weights;
  });
}

std::map<std::string, std::string> environment(const Prepared& prepared) {
  const lab::Lab& lab = prepared.lab;
  std::map<std::string, std::string> about;
  about["data set"] = lab.data.name;
  about["data hash"] = lab.data.hash;
  about["split"] = with_commas(lab.data.split.train) + " train, " +
                   with_commas(lab.data.split.val) + " validation, seed " +
                   std::to_string(lab.data.split.seed);
  about["split hash"] = lab.data.split_hash;
  about["base seed"] = std::to_string(lab.seed);
  if (!lab.private_hash.empty()) about["private overlay"] = lab.private_hash.substr(0, 12);
  about["toolchain"] = prepared.toolchain;
  const bool may_stop = std::any_of(lab.tasks.begin(), lab.tasks.end(), [](const lab::Task& task) {
    return !task.stop_arms.rule.empty();
  });
  if (lab.complete && may_stop) about[kWholeArms] = "all trained to their end";
  if (!prepared.plan.runs.empty()) {
    // Of a training, where there is one: probes stay on the CPU.
    const auto training =
        std::find_if(prepared.plan.runs.begin(), prepared.plan.runs.end(),
                     [](const PlannedRun& planned) { return planned.run.kind == "train"; });
    const RunPlan& run =
        training == prepared.plan.runs.end() ? prepared.plan.runs.front().run : training->run;
    about["device"] = run.device_name.empty() ? run.device : run.device_name;
    about["dtype"] = run.dtype;
    about["threads"] = std::to_string(run.threads);
    std::set<std::string> seeds;
    for (const PlannedRun& planned : prepared.plan.runs)
      seeds.insert(std::to_string(planned.run.seed));
    about["run seeds"] = join(std::vector<std::string>(seeds.begin(), seeds.end()), ", ");
  }
  return about;
}

Json stop_arms_of(const lab::Lab& lab, const lab::Task& task) {
  const std::vector<std::int64_t> rungs = lab::rungs_of(lab, task);
  if (rungs.empty()) return nullptr;
  Json json = {{"rule", task.stop_arms.rule}, {"rungs", rungs}};
  if (task.stop_arms.keep > 0) json["keep"] = task.stop_arms.keep;
  return json;
}

void add_runs(const Prepared& prepared, const std::vector<executor::Entry>& entries,
              const std::vector<Loaded>& loaded, LabResult& result) {
  for (std::size_t i = 0; i < prepared.plan.runs.size(); ++i) {
    const PlannedRun& planned = prepared.plan.runs[i];
    ResultRun run;
    run.id = planned.id;
    run.task = planned.task;
    run.arm = planned.arm;
    run.trial = planned.trial;
    run.run_hash = i < entries.size() ? entries[i].run_hash : planned.run.hash();
    run.status = loaded[i].evidence ? loaded[i].evidence->status : "missing";
    if (was_stopped({&planned, loaded[i].evidence ? &*loaded[i].evidence : nullptr}))
      run.stopped_after = planned.run.last_epoch();
    result.runs.push_back(std::move(run));
  }
}

}  // namespace

LabResult grade(const Prepared& prepared, const std::vector<executor::Entry>& entries) {
  const lab::Lab& lab = prepared.lab;
  LabResult result;
  result.lab = lab.id;
  result.title = lab.title;
  result.profile = lab.profile;
  result.text = lab.text;
  result.submission = prepared.submission;
  result.submission_hash = prepared.submission_hash;
  result.sandbox = prepared.sandbox;
  result.failure = prepared.failure;
  result.classes = prepared.classes;
  result.environment = environment(prepared);
  result.cap = lab.cap;
  result.due = lab.due;
  result.secret_seed = lab.secret_seed;
  if (prepared.own_recipe)
    result.own_recipe = {{"text", prepared.own_recipe->text},
                         {"values", prepared.own_recipe->values}};
  for (const lab::Task& task : lab.tasks) {
    if (wanted(prepared, task.id))
      result.tasks.push_back({task.id, task.title, task.kind, task.text, task.varied, task.reported,
                              task.own_recipe && prepared.own_recipe.has_value(), task.visibility,
                              stop_arms_of(lab, task)});
  }
  for (const FigureSpec& figure : lab.figures) {
    if (wanted(prepared, figure.task)) result.figures.push_back(figure);
  }

  const std::vector<Loaded> loaded = load(prepared.plan, entries, any_reads_weights(lab));
  add_runs(prepared, entries, loaded, result);
  result.state = "graded";
  for (const lab::RubricItem& item : lab.rubric) {
    const lab::Task* task = lab::task_named(lab.tasks, item.task);
    const std::string other = compared_with(item);
    if (task == nullptr || !wanted(prepared, item.task) || !wanted(prepared, other)) continue;
    RubricOutcome outcome =
        prepared.failure
            ? never_ran(item, *prepared.failure)
            : mark(item, *task,
                   {views(prepared.plan, loaded, item.task), views(prepared.plan, loaded, other)});
    if (outcome.verdict == "not_graded") {
      result.state = "not_graded";
    } else {
      result.score = add_points(result.score, outcome.points);
      if (!item.bonus) result.max_score = add_points(result.max_score, item.points);
    }
    // It tells of both tasks: a student sees it when both are seen.
    if (const lab::Task* second = lab::task_named(lab.tasks, other)) {
      outcome.visibility = stricter_visibility(outcome.visibility, second->visibility);
    }
    result.rubric.push_back(std::move(outcome));
  }
  if (lab.cap > 0) {
    result.score = std::min(result.score, lab.cap);
    result.max_score = std::min(result.max_score, lab.cap);
  }
  if (prepared.failure) {
    result.state = prepared.failure->phase == kBuildPhase ? "build_failed" : "rejected";
  }
  return result;
}

}  // namespace gradus::grader
