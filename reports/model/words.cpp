#include "reports/model/words.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "framework/core/text.hpp"
#include "reports/model/arm_view.hpp"

namespace gradus::reports {
namespace {

std::string plural(std::size_t n, const std::string& one, const std::string& many) {
  return fmt::format("{} {}", n, n == 1 ? one : many);
}

/// "a, b and c".
std::string enumerate(const std::vector<std::string>& parts) {
  if (parts.size() < 2) return parts.empty() ? "" : parts.front();
  return join(std::span(parts).first(parts.size() - 1), ", ") + " and " + parts.back();
}

const std::string& name_of(const RubricOutcome& item) {
  return item.title.empty() ? item.id : item.title;
}

std::vector<const RubricOutcome*> with_verdict(const LabResult& result,
                                               const std::string& verdict) {
  std::vector<const RubricOutcome*> items;
  for (const RubricOutcome& item : result.rubric) {
    if (item.verdict == verdict) items.push_back(&item);
  }
  return items;
}

std::string titles(const std::vector<const RubricOutcome*>& items) {
  std::vector<std::string> names;
  for (const RubricOutcome* item : items) names.push_back("“" + name_of(*item) + "”");
  return enumerate(names);
}

/// A crash comes before any item: the items that rest on it fail for the same reason.
std::string first_step(const ReportData& data, const std::vector<const RubricOutcome*>& failed,
                       const std::vector<const RubricOutcome*>& partial) {
  for (const ResultRun& run : data.result.runs) {
    const auto found = data.evidence.find(run.run_hash);
    if (run.status != "failed" || found == data.evidence.end()) continue;
    const auto& failure = found->second.evidence.failure;
    if (failure && failure->fault == Fault::submission) {
      return failure->what + (failure->cure.empty() ? "" : " " + failure->cure);
    }
  }
  // Labs list what is basic first; bonus items can wait.
  for (const auto* items : {&failed, &partial}) {
    for (const bool bonus : {false, true}) {
      for (const RubricOutcome* item : *items) {
        if (item->bonus != bonus || item->details_private) continue;
        return name_of(*item) + ": " +
               (item->feedback.empty() ? "found " + item->found + ", wanted " + item->wanted + "."
                                       : item->feedback);
      }
    }
  }
  return "";
}

Summary summarize_graded(const ReportData& data) {
  const LabResult& r = data.result;
  const auto passed = with_verdict(r, "pass"), partial = with_verdict(r, "partial");
  const auto failed = with_verdict(r, "fail"), open = with_verdict(r, "not_graded");
  Summary summary;
  summary.text =
      fmt::format("{} earned {} of {} points. ",
                  r.submission == "reference" ? "The reference solution" : "This submission",
                  points_text(r.score), points_text(r.max_score));
  if (!r.rubric.empty() && passed.size() == r.rubric.size()) {
    summary.text += fmt::format("All {} passed; nothing is left to do.",
                                plural(passed.size(), "item", "items"));
    return summary;
  }
  summary.text +=
      fmt::format("{} of {} passed.", passed.size(), plural(r.rubric.size(), "item", "items"));
  if (!partial.empty()) summary.text += fmt::format(" Partly: {}.", titles(partial));
  if (!failed.empty()) summary.text += fmt::format(" Failed: {}.", titles(failed));
  if (!open.empty()) {
    summary.text +=
        fmt::format(" Not graded, through no fault of the submission: {}.", titles(open));
  }
  summary.first = first_step(data, failed, partial);
  return summary;
}

}  // namespace

Summary summarize(const ReportData& data) {
  const LabResult& r = data.result;
  if (r.state == "build_failed") {
    return {"The submission could not be built, so nothing was run and no item could be earned.",
            r.failure && !r.failure->cure.empty()
                ? r.failure->cure
                : "Mend the first error that the compiler reports below."};
  }
  if (r.state == "rejected") {
    return {
        "The submission was not accepted, so nothing was run.",
        r.failure ? r.failure->what + (r.failure->cure.empty() ? "" : " " + r.failure->cure) : ""};
  }
  if (r.state == "not_graded") {
    const auto open = with_verdict(r, "not_graded");
    Summary summary;
    summary.text = fmt::format(
        "Not graded yet: {}could not be marked through no fault of the submission. "
        "That costs no points; the rest is shown below.",
        open.empty() ? "something " : titles(open) + " ");
    const std::string why = r.failure      ? r.failure->what + " " + r.failure->cure
                            : open.empty() ? ""
                                           : open.front()->feedback;
    summary.first = (why.empty() ? "" : why + " ") +
                    "Then run the lab again; what is finished is not repeated.";
    return summary;
  }
  return summarize_graded(data);
}

namespace {

/// How the lab lets hopeless arms of a sweep stop, and how many did; "" where none did.
std::string stopped_text(const TaskView& task) {
  const std::vector<ArmView> arms = arms_of(task);
  const auto stopped =
      std::count_if(arms.begin(), arms.end(), [](const ArmView& arm) { return arm.stopped(); });
  if (stopped == 0) return "";
  std::string how = "The arms were compared";
  const Json& rules = task.task->stop_arms;
  if (rules.is_object() && rules.contains("rungs") && rules["rungs"].is_array()) {
    std::vector<std::string> rungs;
    for (const Json& rung : rules["rungs"]) rungs.push_back(value_text(rung));
    how += " after " + enumerate(rungs) + " epochs";
  }
  how += " by their best validation accuracy so far";
  const std::string rule = rules.is_object() && rules.contains("rule") && rules["rule"].is_string()
                               ? rules["rule"].get<std::string>()
                               : "";
  if (rule == "successive_halving") {
    const bool known = rules.contains("keep") && rules["keep"].is_number();
    how += known ? fmt::format("; each time the best {:.4g} % went on (successive halving)",
                               rules["keep"].get<double>() * 100)
                 : "; each time the best went on (successive halving)";
  } else if (rule == "median") {
    how += "; each time those below the median were stopped (median rule)";
  }
  return fmt::format(
      "{}. {} of {} arms {} those of then, and say little of what a whole training would have "
      "reached.",
      how, stopped, arms.size(),
      stopped == 1 ? "was stopped: its figures are" : "were stopped: their figures are");
}

}  // namespace

std::vector<Note> notes_on(const TaskView& task) {
  std::vector<Note> notes;
  std::vector<std::string> overfit, diverged, missing;
  for (const RunView& run : task.runs) {
    if (!run.folder) missing.push_back(run.label.empty() ? run.run->id : run.label);
    if (run.diverged()) {
      const auto epoch = run.folder->evidence.diverged_epoch;
      diverged.push_back((run.label.empty() ? "The run" : run.label) +
                         (epoch ? fmt::format(" (epoch {})", *epoch) : ""));
    }
    if (run.gap().value_or(0) >= kOverfitGap) {
      overfit.push_back(fmt::format("{} ({:.1f} points)", run.label.empty() ? "the run" : run.label,
                                    *run.gap() * 100));
    }
  }
  const RunView* main = task.main_run();
  if (!task.sweep() && main && main->gap().value_or(0) >= kOverfitGap) {
    const Evidence& e = main->folder->evidence;
    std::string best =
        e.best_epoch
            ? fmt::format(
                  " {} best validation accuracy, {}, was reached at epoch {} of {} already.",
                  task.several_trials() ? "Its" : "The", percent(main->best_val().value_or(0)),
                  *e.best_epoch, e.epochs.empty() ? 0 : e.epochs.back().epoch)
            : "";
    notes.push_back(
        {"Overfitting.", fmt::format("After the last epoch{} the network is right on {} of the "
                                     "training pictures but only on {} of the "
                                     "validation pictures: {:.1f} points apart.{} It learns its "
                                     "training pictures by heart; augmentation, "
                                     "weight decay or stopping earlier helps.",
                                     task.several_trials() ? " of " + main->label : "",
                                     percent(*main->final_train()), percent(*main->final_val()),
                                     *main->gap() * 100, best)});
  } else if (!overfit.empty()) {
    notes.push_back(
        {"Overfitting.",
         fmt::format("Train and validation accuracy end at least 15 points apart for {}.",
                     enumerate(overfit))});
  }
  if (!diverged.empty()) {
    notes.push_back(
        {"Diverged.",
         fmt::format("{}: the loss became infinite or undefined, so there is no accuracy. "
                     "That is a result: a step this large does not learn.",
                     enumerate(diverged))});
  }
  if (const std::string text = stopped_text(task); !text.empty()) {
    notes.push_back({"Stopped early.", text});
  }
  if (!missing.empty()) {
    notes.push_back(
        {"Missing.", fmt::format("{} not run, so nothing is shown.",
                                 enumerate(missing) + (missing.size() == 1 ? " was" : " were"))});
  }
  return notes;
}

std::string points_text(double points) { return fmt::format("{:.4g}", points); }

}  // namespace gradus::reports
