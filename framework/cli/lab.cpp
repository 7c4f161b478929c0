#include "framework/lab/lab.hpp"

#include <set>

#include "datasets/catalog/catalog.hpp"
#include "datasets/catalog/entry.hpp"
#include "framework/build/registered.hpp"
#include "framework/cli/audience.hpp"
#include "framework/cli/command.hpp"
#include "framework/cli/plan_cost.hpp"
#include "framework/core/text.hpp"
#include "framework/executor/executor.hpp"
#include "framework/lab/check.hpp"
#include "framework/lab/json_schema.hpp"
#include "framework/record/points.hpp"
#include "grader/grader.hpp"

namespace gradus::cli {
namespace {

struct LabOptions {
  std::string name, profile, overlay;
};

lab::Vocabulary vocabulary() {
  lab::Vocabulary known = grader::vocabulary(datasets::known_datasets());
  for (const datasets::Entry& entry : datasets::entries()) {
    known.classes[entry.info.name] = static_cast<std::int64_t>(entry.info.classes.size());
    known.heights[entry.info.name] = entry.info.height;
    known.images[entry.info.name] = entry.info.train_count;
  }
  return known;
}

/// And what is installed: for checks, which may take some milliseconds.
lab::Vocabulary vocabulary_with_plugins(const Context& context) {
  lab::Vocabulary known = vocabulary();
  for (const auto& [folder, plugins] : build::registered_below(context.paths.plugins())) {
    for (const build::ListedPlugin& plugin : plugins)
      known.plugins[folder].push_back({plugin.kind, plugin.name});
  }
  return known;
}

Status list(Context& context) {
  Json json = Json::array();
  Table table{{"Lab", "Title", "Profiles"}, {}, {}, {}};
  const lab::Vocabulary known = vocabulary();
  for (const auto& file : lab::list_labs(context.paths.labs())) {
    const std::string id = file.parent_path().filename();
    const auto read = lab::read_lab(file, "", known);
    if (!read.ok()) {
      table.rows.push_back({id, "cannot be read: gradus lab check " + id, ""});
      json.push_back({{"lab", id}, {"error", read.error().what}});
      continue;
    }
    table.rows.push_back({read->id, printable(read->title), printable(join(read->profiles, " "))});
    json.push_back({{"lab", read->id},
                    {"title", read->title},
                    {"profiles", read->profiles},
                    {"file", file.string()}});
  }
  if (context.json) {
    print_json(context, json);
  } else if (table.rows.empty()) {
    return infrastructure_error(context.paths.labs().string(), "no labs are installed",
                                "./gradus setup");
  } else {
    context.out.write(table.render(context.out));
  }
  return {};
}

Json plan_as_json(const lab::Lab& lab, const Plan& plan) {
  Json runs = Json::array();
  for (const auto& planned : plan.runs) {
    runs.push_back({{"id", planned.id},
                    {"task", planned.task},
                    {"kind", planned.run.kind},
                    {"arm", planned.arm},
                    {"trial", planned.trial},
                    {"epochs", planned.run.kind == "probe" ? 0 : planned.run.recipe.epochs},
                    {"recipe", planned.run.kind == "probe" ? "" : summary(planned.run.recipe)},
                    {"images", planned.run.images_an_epoch()}});
    if (planned.run.cut_short()) runs.back()["first_rung"] = planned.run.last_epoch();
  }
  return {{"lab", lab.id}, {"title", lab.title}, {"profile", lab.profile}, {"runs", runs}};
}

/// "30"; "3 up to 30" of an arm that may be stopped early.
std::string epochs_text(const RunPlan& run) {
  const std::string all = std::to_string(run.recipe.epochs);
  return run.cut_short() ? std::to_string(run.last_epoch()) + " up to " + all : all;
}

Status show(Context& context, const LabOptions& options) {
  GRADUS_TRY(const auto file, lab::find_lab(context.paths.labs(), options.name));
  GRADUS_TRY(const auto lab, lab::read_lab(file, options.profile, vocabulary(), {},
                                           private_overlay(options.overlay)));
  const Plan plan = lab::expand(lab);
  if (context.json) {
    print_json(context, plan_as_json(lab, plan));
    return {};
  }
  const auto& out = context.out;
  out.print(out.styled(Style::bold, printable(lab.title)) + "  (" + lab.id + ", profile " +
            printable(lab.profile) + " of " + printable(join(lab.profiles, ", ")) + ")");
  Table runs{{"Run", "Epochs", "Images an epoch", "Images in all", "Recipe"},
             {},
             {},
             {false, true, true, true, false}};
  std::set<std::string> distinct;
  for (const auto& planned : plan.runs) {
    const bool probe = planned.run.kind == "probe";
    const std::int64_t one = planned.run.images_an_epoch();
    const bool first = distinct.insert(planned.run.hash()).second;
    runs.rows.push_back({printable(planned.id), probe ? "probes" : epochs_text(planned.run),
                         probe ? "" : with_commas(one),
                         !first  ? "(same run as above)"
                         : probe ? ""
                                 : with_commas(one * planned.run.recipe.epochs),
                         probe ? "" : summary(planned.run.recipe)});
  }
  out.write(runs.render(out));
  out.print("  " + cost_of(plan, lab).text());
  Table rubric{{"Rubric item", "Points", "Check", "Task", "Shown"},
               {},
               {},
               {false, true, false, false, false}};
  double total = 0;
  for (const auto& item : lab.rubric) {
    rubric.rows.push_back({printable(item.title.empty() ? item.id : item.title),
                           number(item.points) + (item.bonus ? " (bonus)" : ""), item.check,
                           item.task, item.visibility});
    if (!item.bonus) total = add_points(total, item.points);
  }
  out.print("");
  out.write(rubric.render(out));
  out.print("  " + number(total) + (total == 1 ? " point" : " points") +
            (lab.cap > 0 ? ", at most " + number(lab.cap) + " count" : "") +
            (lab.due.empty() ? "" : ", due " + lab.due));
  return {};
}

Status check(Context& context, const LabOptions& options) {
  GRADUS_TRY(const auto file, lab::find_lab(context.paths.labs(), options.name));
  GRADUS_TRY(const lab::Checked checked, lab::check_lab(file, vocabulary_with_plugins(context),
                                                        private_overlay(options.overlay)));
  if (!checked.sound()) context.exit_code = 2;
  Json errors = Json::array(), warnings = Json::array();
  for (const lab::Finding& finding : checked.findings) {
    (finding.error ? errors : warnings)
        .push_back({{"place", finding.place},
                    {"what", finding.what},
                    {"profiles", finding.profiles.empty() ? checked.profiles : finding.profiles}});
  }
  if (context.json) {
    print_json(context, {{"lab", checked.lab},
                         {"file", file.string()},
                         {"profiles", checked.profiles},
                         {"errors", errors},
                         {"warnings", warnings}});
    return {};
  }
  for (const lab::Finding& finding : checked.findings) {
    const std::string word = finding.error ? context.out.styled(Style::bad, "error")
                                           : context.out.styled(Style::warn, "warning");
    context.out.print(printable(finding.place) + ": " + word + ": " + printable(finding.what) +
                      (finding.profiles.empty()
                           ? ""
                           : " (profile " + printable(join(finding.profiles, ", ")) + ")"));
  }
  const std::string profiles = " (profiles " + printable(join(checked.profiles, ", ")) + ")";
  if (checked.findings.empty()) {
    context.out.print(file.string() + ": no problem found" + profiles);
  } else {
    const auto counted = [](const Json& list, const std::string& word) {
      return std::to_string(list.size()) + " " + word + (list.size() == 1 ? "" : "s");
    };
    context.out.print(counted(errors, "error") + ", " + counted(warnings, "warning") + profiles);
  }
  return {};
}

Status print_schema(const Context& context, bool of_overlay) {
  const lab::Vocabulary known = vocabulary();
  print_json(context, of_overlay ? lab::overlay_json_schema(known) : lab::json_schema(known));
  return {};
}

}  // namespace

void add_lab(CLI::App& app, Context& context) {
  auto* lab = app.add_subcommand("lab", "The labs: list them, show a plan, check a lab file");
  lab->require_subcommand(1);
  auto options = std::make_shared<LabOptions>();
  const auto lab_option = [options](CLI::App* command) {
    command->add_option("LAB", options->name, "A lab's id, folder or file")->required();
    add_private_option(*command, options->overlay);
  };
  auto* list_command = lab->add_subcommand("list", "Labs that are installed");
  add_json_flag(*list_command, context);
  list_command->callback([&context] { guarded(context, [&] { return list(context); }); });

  auto* show_command =
      lab->add_subcommand("show", "The plan of a lab: runs, epochs, images, rubric");
  lab_option(show_command);
  show_command->add_option("--profile", options->profile,
                           "Profile; default: the lab's own default");
  add_json_flag(*show_command, context);
  show_command->callback(
      [&context, options] { guarded(context, [&] { return show(context, *options); }); });

  auto* check_command =
      lab->add_subcommand("check", "Find the mistakes of a lab file, in every profile");
  lab_option(check_command);
  add_json_flag(*check_command, context);
  check_command->callback(
      [&context, options] { guarded(context, [&] { return check(context, *options); }); });

  auto* schema_command =
      lab->add_subcommand("schema", "A JSON schema of lab files, for editors (draft-07)");
  auto of_overlay = std::make_shared<bool>(false);
  schema_command->add_flag("--private", *of_overlay, "Of private overlays instead");
  schema_command->callback([&context, of_overlay] {
    guarded(context, [&] { return print_schema(context, *of_overlay); });
  });
}

}  // namespace gradus::cli
