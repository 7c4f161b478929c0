#include "framework/lab/schema.hpp"

#include <cassert>

#include "framework/core/text.hpp"
#include "framework/lab/key.hpp"
#include "framework/lab/problems.hpp"

namespace gradus::lab {
namespace {

using enum ValueType;

std::vector<TableSpec> experiment_tables() {
  return {
      {"",
       "The file.",
       {Key(table, "lab", "what the lab is").required(),
        Key(table, "data", "images and how they are split").required(),
        Key(table, "submission", "what a student hands in"),
        Key(table, "recipe", "how models are trained, unless a task says otherwise"),
        Key(table, "input", "the native input pipeline, unless a task says otherwise"),
        Key(table, "run", "seed, trials, threads, limits"),
        Key(table, "exam", "how many images are examined"),
        Key(list, "task", "what is run: [[task]]").required(),
        Key(list, "rubric", "what is marked: [[rubric]]"),
        Key(list, "figure", "what the report draws: [[figure]]"),
        Key(table, "profile", "named sets of changes: [profile.NAME]")}},
      {"lab",
       "What the lab is.",
       {Key(identifier, "id", "short name").required(),
        Key(text, "title", "as the report shows it; default: the id"),
        Key(text, "text", "what the lab teaches"),
        Key(text, "profile", "profile that runs where none is asked for").or_else("full"),
        Key(ValueType::time, "due", "when items of visibility after_due_date begin to be shown"),
        Key(ValueType::number, "cap", "the total is at most so many points, bonus included")
            .more_than(0)
            .at_most(100000)}},
      {"data",
       "Images and how they are split.",
       {Key(text, "name", "a data set of the catalogue").required(),
        Key(table, "split", "sizes of the parts of the published training set").required(),
        Key(table, "normalize", "applied to pixels in [0, 1]").required()}},
      {"data.split",
       "Disjoint parts of the published training set.",
       {Key(integer, "train", "images to train on").required().at_least(1),
        Key(integer, "val", "images to validate on").required().at_least(1),
        Key(integer, "seed", "seed of the permutation").at_least(0).or_else(0)}},
      {"data.normalize",
       "x becomes (x - mean) / std, one value a channel.",
       {Key(numbers, "mean", "means").required(),
        Key(numbers, "std", "standard deviations").required().more_than(0)}},
      {"submission",
       "What a student hands in, and what stands in where nothing is handed in.",
       {Key(texts, "reference", "reference plugins that stand in for a submission"),
        Key(table, "model", "whether a model must be handed in"),
        Key(table, "activation", "whether an activation must be handed in"),
        Key(table, "augmentation", "whether an augmentation must be handed in"),
        Key(table, "recipe", "what of the recipe a submission may set in its own recipe.toml"),
        Key(boolean, "prebuilt", "take shared libraries, not only sources").or_else(false)}},
      {"submission.recipe",
       "A submission's own recipe: its recipe.toml holds keys of [recipe] (without \"recipe.\") "
       "and "
       "of [input], and counts in tasks of recipe_from = \"submission\".",
       {Key(texts, "allowed",
            "keys that may be set: epochs, optimizer.lr, input.crop; or all of a table: optimizer, "
            "schedule, early_stop, input")
            .required(),
        Key(table, "budget", "largest values by key; epochs, where it is allowed, needs one")}},
      {"submission.KIND",
       "The same for submission.model, .activation and .augmentation.",
       {Key(boolean, "required", "a submission without one is not accepted").or_else(false)}},
  };
}

KeySpec visibility(const char* help) {
  return Key(text, "visibility", help)
      .one_of({"visible", "hidden", "after_due_date", "after_published"})
      .or_else("visible");
}

std::vector<TableSpec> task_tables() {
  return {
      {"task",
       "What is run. A probe task looks at a network that is not trained; a train task trains "
       "one run for every arm and trial.",
       {Key(identifier, "id", "name; unique").required(), Key(text, "title", "default: the id"),
        Key(text, "text", "what is asked, or what it shows"),
        Key(text, "kind", "what is done").required().one_of({"probe", "train"}),
        Key(plugin, "model", "the network").or_else("submission"),
        Key(plugin, "activation", "for models that ask for one; absent: ReLU"),
        Key(plugin, "augmentation", "of training images; absent: [input]"),
        Key(table, "recipe", "values that differ from [recipe]"),
        Key(text, "recipe_from",
            "submission: a submission's recipe.toml stands above the recipe, as far as "
            "[submission] recipe allows; train tasks only")
            .one_of({"lab", "submission"})
            .or_else("lab"),
        Key(table, "input", "values that differ from [input]"),
        Key(list, "probes", "names, or tables {name, its own keys}; probe tasks only"),
        Key(table, "vary", "the arms; train tasks only"),
        Key(integer, "trials", "default: run.trials").at_least(1).at_most(1000),
        Key(integer, "train_images", "default: run.train_images").at_least(0),
        Key(table, "stop_arms",
            "stops hopeless arms of a sweep early; absent: every arm goes to its end"),
        Key(table, "reported", "what the document that the lab follows reached"),
        visibility("when a student sees it and its items")}},
      {"task.reported",
       "Shown beside the lab's own figures in the report; decides nothing.",
       {Key(numbers, "val_accuracy", "best validation accuracy, one fraction an arm, in order")
            .required()
            .at_least(0)
            .at_most(1),
        Key(text, "source", "where the document says so")}},
      {"task.stop_arms",
       "At each rung the arms that are left are compared by their best validation accuracy so far, "
       "the mean over trials; all trials of an arm stop together, and one that diverged or failed "
       "never goes on.",
       {Key(text, "rule",
            "successive_halving: the best `keep` of the arms go on; median: those go on that are "
            "not below the median")
            .required()
            .one_of({"successive_halving", "median"}),
        Key(numbers, "rungs",
            "ascending numbers of epochs below those of the shortest arm; scaled with the epochs "
            "of a profile")
            .required()
            .at_least(1)
            .at_most(1000000),
        Key(ValueType::number, "keep",
            "share of the arms at a rung that goes on, below 1; rounded down, at least one arm; "
            "successive_halving only, which needs it")
            .more_than(0)
            .at_most(1)}},
      {"task.vary",
       "The arms: lists of values by key of [recipe] (without \"recipe.\") or of [input] (with "
       "\"input.\"), activation or augmentation. One of the two.",
       {Key(table, "zip", "lists of one length, taken together"),
        Key(table, "grid", "every combination")}},
      {"rubric",
       "What is marked; the check's own keys stand beside these.",
       {Key(identifier, "id", "name; unique").required(), Key(text, "title", "default: the id"),
        Key(number, "points", "for the whole item").required().at_least(0).at_most(1000),
        Key(boolean, "bonus", "counts in the score, not in its maximum").or_else(false),
        Key(text, "check", "what decides").required(),
        Key(text, "task", "whose runs it looks at").required(),
        visibility("when a student sees it"),
        Key(text, "feedback", "added to the feedback where points are lost"),
        Key(boolean, "accept_claimed", "points may rest on what the student's process says")
            .or_else(false),
        Key(list, "partial", "weaker conditions in order: tables {points, keys of the check}")}},
      {"figure",
       "What the report draws beside its own pages.",
       {Key(text, "kind", "what is drawn")
            .required()
            .one_of({"curves", "sweep", "layers", "confusion"}),
        Key(text, "task", "whose runs").required(), Key(text, "title", "above it"),
        Key(text, "caption", "below it"),
        Key(text, "key", "sweep: the varied key on the x axis; default: the first"),
        visibility("when a student sees it")}},
      {"profile",
       "Changes under a name. Beside epochs.scale any key of the file by its dotted path, "
       "with task.ID and rubric.ID for one of a list: recipe.epochs, "
       "task.lr_sweep.train_images, rubric.baseline.at_least. Values are set one by one: "
       "other keys of a table stay, a list is replaced whole. The profile full always "
       "exists: the file as it stands.",
       {Key(number, "epochs.scale",
            "every number of epochs is multiplied and rounded, at least 1; times of a "
            "schedule are multiplied; patience, which counts epochs without gain, stays")
            .more_than(0)
            .at_most(1000)}},
  };
}

std::vector<TableSpec> overlay_tables() {
  return {
      {"overlay",
       "The private overlay, a file of its own that --private names. Besides these keys any that a "
       "profile may change, by the same dotted paths.",
       {Key(table, "private", "whose overlay it is; what is secret").required(),
        Key(table, "add", "more tasks, rubric items and figures"),
        Key(table, "profile", "changes of one profile: [profile.NAME]")}},
      {"private",
       "Of the overlay.",
       {Key(identifier, "lab", "id of the lab that it belongs to").required(),
        Key(text, "secret", "the seeds of all runs come from it; 16 bytes or more, by chance")}},
      {"add",
       "Of the overlay: what joins the lab's lists, of visibility hidden unless it says otherwise.",
       {Key(list, "task", "[[add.task]], keys of [[task]]"),
        Key(list, "rubric", "[[add.rubric]], keys of [[rubric]]"),
        Key(list, "figure", "[[add.figure]], keys of [[figure]]")}},
  };
}

std::string bounds(const KeySpec& spec) {
  std::string text;
  if (spec.above) text += " above " + gradus::number(*spec.above);
  if (spec.min && spec.max)
    return text + " from " + gradus::number(*spec.min) + " to " + gradus::number(*spec.max);
  if (spec.min) text += " of at least " + gradus::number(*spec.min);
  if (spec.max) text += " of at most " + gradus::number(*spec.max);
  return text;
}

}  // namespace

const std::vector<TableSpec>& schema() {
  static const std::vector<TableSpec> tables = [] {
    std::vector<TableSpec> all = experiment_tables();
    for (auto* more : {recipe_tables, run_tables, task_tables}) {
      for (TableSpec& spec : more()) all.push_back(std::move(spec));
    }
    return all;
  }();
  return tables;
}

const std::vector<TableSpec>& overlay_schema() {
  static const std::vector<TableSpec> tables = overlay_tables();
  return tables;
}

const TableSpec& table_spec(std::string_view path) {
  for (const auto* tables : {&schema(), &overlay_schema()}) {
    for (const TableSpec& spec : *tables) {
      if (spec.path == path) return spec;
    }
  }
  assert(false && "no such table");
  return schema().front();
}

std::vector<std::string> key_names(const std::vector<KeySpec>& keys) {
  std::vector<std::string> names;
  for (const KeySpec& key : keys) names.push_back(key.name);
  return names;
}

const std::vector<std::string>& varied_keys() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const KeySpec& key : table_spec("recipe").keys) {
      if (key.type != table) all.push_back(key.name);
    }
    for (const std::string& part : recipe_parts()) {
      for (const KeySpec& key : table_spec("recipe." + part).keys)
        all.push_back(part + "." + key.name);
    }
    for (const KeySpec& key : table_spec("input").keys) all.push_back("input." + key.name);
    all.insert(all.end(), {"activation", "augmentation"});
    return all;
  }();
  return names;
}

const KeySpec* varied_key(const std::string& name) {
  const auto search = [](std::string_view path, const std::string& key) -> const KeySpec* {
    for (const KeySpec& spec : table_spec(path).keys) {
      if (spec.name == key && spec.type != table) return &spec;
    }
    return nullptr;
  };
  for (const std::string& part : recipe_parts()) {
    if (name.starts_with(part + ".")) return search("recipe." + part, name.substr(part.size() + 1));
  }
  if (name.starts_with("input.")) return search("input", name.substr(6));
  if (name == "activation" || name == "augmentation") return search("task", name);
  return search("recipe", name);
}

std::string wanted(const KeySpec& spec) {
  if (!spec.choices.empty()) {
    std::vector<std::string> quoted;
    for (const std::string& choice : spec.choices) quoted.push_back("\"" + choice + "\"");
    return quoted.size() == 1 ? quoted.front() : "one of " + enumerate(quoted);
  }
  switch (spec.type) {
    case boolean:
      return "true or false";
    case integer:
      return "an integer" + bounds(spec);
    case ValueType::number:
      return "a number" + bounds(spec);
    case text:
      return "text";
    case list:
      return "a list";
    case table:
      return "a table";
    case fraction:
      return "a fraction from 0 to 1 (an accuracy is a fraction: 0.63, not 63)";
    case difference:
      return "a difference of fractions from -1 to 1 (0.15, not 15)";
    case interval:
      return "a list of two fractions from 0 to 1, the smaller first";
    case identifier:
      return "a name of a-z, 0-9 and _ that starts with a letter";
    case texts:
      return "a text or a list of texts";
    case numbers:
      return "a list of numbers" +
             (spec.above || spec.min || spec.max ? ", each" + bounds(spec) : "");
    case plugin:
      return "\"submission\", \"submission:NAME\", \"reference:NAME\" or {use = one of these, "
             "options = {...}}";
    case arm:
      return "a table of varied keys and values";
    case arms:
      return "a list of tables of varied keys and values";
    case varied:
      return "a key that the task varies";
    case probes:
      return "a probe of the task, or a list of them";
    case other_task:
      return "the id of another task";
    case ValueType::time:
      return "a date and time with an offset (2026-12-01T23:59:00+01:00)";
  }
  return "";
}

}  // namespace gradus::lab
