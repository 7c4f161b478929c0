#include "framework/record/lab_result.hpp"

#include "framework/core/files.hpp"
#include "framework/record/failure_json.hpp"
#include "framework/record/object_reader.hpp"

namespace gradus {
namespace {

Json to_json(const RubricOutcome& item) {
  Json json = {{"id", item.id},
               {"title", item.title},
               {"check", item.check},
               {"task", item.task},
               {"points", item.points},
               {"max_points", item.max_points},
               {"bonus", item.bonus},
               {"verdict", item.verdict},
               {"found", item.found},
               {"wanted", item.wanted},
               {"feedback", item.feedback},
               {"trust", to_string(item.trust)},
               {"visibility", item.visibility}};
  if (item.details_private) json["details_private"] = true;
  return json;
}

Result<RubricOutcome> item_from_json(const Json& json) {
  RubricOutcome item;
  std::string trust;
  ObjectReader reader(json, "result.json: rubric");
  reader.required("id", item.id).required("title", item.title).required("check", item.check);
  reader.required("task", item.task).required("points", item.points);
  reader.required("max_points", item.max_points).required("bonus", item.bonus);
  reader.required("verdict", item.verdict).required("found", item.found);
  reader.required("wanted", item.wanted).required("feedback", item.feedback);
  reader.required("trust", trust).required("visibility", item.visibility);
  reader.optional("details_private", item.details_private);
  GRADUS_CHECK(reader.finish());
  GRADUS_TRY(item.trust, trust_from_string(trust));
  return item;
}

Result<ResultTask> task_from_json(const Json& json) {
  ResultTask task;
  ObjectReader reader(json, "result.json: tasks");
  reader.required("id", task.id).required("title", task.title).required("kind", task.kind);
  reader.required("text", task.text).required("varied", task.varied);
  reader.optional("reported", task.reported).optional("own_recipe", task.own_recipe);
  reader.optional("visibility", task.visibility).optional("stop_arms", task.stop_arms);
  GRADUS_CHECK(reader.finish());
  return task;
}

Result<FigureSpec> figure_from_json(const Json& json) {
  FigureSpec figure;
  ObjectReader reader(json, "result.json: figures");
  reader.required("kind", figure.kind).required("task", figure.task);
  reader.required("title", figure.title).required("caption", figure.caption);
  reader.required("key", figure.key).optional("visibility", figure.visibility);
  GRADUS_CHECK(reader.finish());
  return figure;
}

Result<ResultRun> run_from_json(const Json& json) {
  ResultRun run;
  ObjectReader reader(json, "result.json: runs");
  reader.required("id", run.id).required("task", run.task).required("arm", run.arm);
  reader.required("trial", run.trial).required("run_hash", run.run_hash);
  reader.required("status", run.status);
  std::int64_t stopped_after = 0;
  reader.optional("stopped_after", stopped_after);
  GRADUS_CHECK(reader.finish());
  if (stopped_after > 0) run.stopped_after = stopped_after;
  return run;
}

}  // namespace

Json to_json(const LabResult& result) {
  Json rubric = Json::array(), tasks = Json::array(), figures = Json::array(), runs = Json::array();
  for (const auto& item : result.rubric) rubric.push_back(to_json(item));
  for (const auto& task : result.tasks) {
    tasks.push_back({{"id", task.id},
                     {"title", task.title},
                     {"kind", task.kind},
                     {"text", task.text},
                     {"varied", task.varied}});
    if (!task.reported.is_null()) tasks.back()["reported"] = task.reported;
    if (task.own_recipe) tasks.back()["own_recipe"] = true;
    if (task.visibility != "visible") tasks.back()["visibility"] = task.visibility;
    if (!task.stop_arms.is_null()) tasks.back()["stop_arms"] = task.stop_arms;
  }
  for (const auto& figure : result.figures) {
    figures.push_back({{"kind", figure.kind},
                       {"task", figure.task},
                       {"title", figure.title},
                       {"caption", figure.caption},
                       {"key", figure.key}});
    if (figure.visibility != "visible") figures.back()["visibility"] = figure.visibility;
  }
  for (const auto& run : result.runs) {
    runs.push_back({{"id", run.id},
                    {"task", run.task},
                    {"arm", run.arm},
                    {"trial", run.trial},
                    {"run_hash", run.run_hash},
                    {"status", run.status}});
    if (run.stopped_after) runs.back()["stopped_after"] = *run.stopped_after;
  }
  Json json = {{"schema", kResultSchema},
               {"lab", result.lab},
               {"title", result.title},
               {"profile", result.profile},
               {"text", result.text},
               {"submission", result.submission},
               {"submission_hash", result.submission_hash},
               {"sandbox", result.sandbox},
               {"state", result.state},
               {"failure", result.failure ? to_json(*result.failure) : Json(nullptr)},
               {"score", result.score},
               {"max_score", result.max_score},
               {"rubric", rubric},
               {"tasks", tasks},
               {"figures", figures},
               {"runs", runs},
               {"environment", result.environment},
               {"classes", result.classes}};
  // Only where they say something: results without them are older than the keys, or plainer.
  if (result.cap > 0) json["cap"] = result.cap;
  if (!result.due.empty()) json["due"] = result.due;
  if (!result.own_recipe.is_null()) json["own_recipe"] = result.own_recipe;
  if (result.secret_seed) json["secret_seed"] = true;
  if (result.withheld) json["withheld"] = true;
  return json;
}

Result<LabResult> lab_result_from_json(const Json& json) {
  LabResult result;
  std::string schema;
  ObjectReader reader(json, "result.json");
  reader.required("schema", schema).required("lab", result.lab).required("title", result.title);
  reader.required("profile", result.profile).required("text", result.text);
  reader.required("submission", result.submission);
  reader.required("submission_hash", result.submission_hash);
  reader.required("sandbox", result.sandbox).required("state", result.state);
  reader.object("failure", result.failure, failure_from_json);
  reader.required("score", result.score).required("max_score", result.max_score);
  reader.list("rubric", result.rubric, item_from_json);
  reader.list("tasks", result.tasks, task_from_json);
  reader.list("figures", result.figures, figure_from_json);
  reader.list("runs", result.runs, run_from_json);
  reader.required("environment", result.environment).required("classes", result.classes);
  reader.optional("cap", result.cap).optional("due", result.due);
  reader.optional("own_recipe", result.own_recipe).optional("secret_seed", result.secret_seed);
  reader.optional("withheld", result.withheld);
  const Json& own = result.own_recipe;
  const bool sound = own.is_null() || (own.is_object() && own.size() == 2 && own.contains("text") &&
                                       own["text"].is_string() && own.contains("values") &&
                                       own["values"].is_object());
  if (!sound) reader.fail("wants {text, values} at 'own_recipe'");
  GRADUS_CHECK(reader.finish());
  if (schema != kResultSchema) {
    return infrastructure_error("result.json",
                                "has schema '" + schema + "', wanted '" + kResultSchema + "'");
  }
  return result;
}

Result<LabResult> read_result(const std::filesystem::path& folder) {
  const fs::path path = folder / "result.json";
  constexpr std::uint64_t kLimit = std::uint64_t{64} << 20;
  auto text = read_file(path, kLimit);
  if (!text.ok()) {
    return user_error(path.string(), "cannot be read: " + text.error().what,
                      "give the folder that 'gradus run --out' wrote");
  }
  const Json json = Json::parse(*text, nullptr, false);
  if (json.is_discarded()) {
    return user_error(path.string(), "is not JSON (cut short or damaged)", "run the lab again");
  }
  auto result = lab_result_from_json(json);
  if (!result.ok()) {
    return user_error(path.string(), result.error().where + " " + result.error().what,
                      "run the lab again with this version");
  }
  return result;
}

}  // namespace gradus
