#include "framework/record/grades.hpp"

#include <array>
#include <utility>

#include "framework/core/files.hpp"
#include "framework/record/object_reader.hpp"

namespace gradus {
namespace {

constexpr std::array<std::pair<GradeState, const char*>, 5> kStates = {{
    {GradeState::graded, "graded"},
    {GradeState::build_failed, "build_failed"},
    {GradeState::rejected, "rejected"},
    {GradeState::limit, "limit"},
    {GradeState::not_graded, "not_graded"},
}};

Result<GradedItem> graded_item_from_json(const Json& json) {
  GradedItem item;
  ObjectReader reader(json, "grades.json: items");
  reader.required("id", item.id).required("title", item.title);
  reader.required("points", item.points).required("bonus", item.bonus);
  GRADUS_CHECK(reader.finish());
  return item;
}

Json to_json(const GradedSubmission& one) {
  return {{"name", one.name},          {"state", to_string(one.state)},
          {"result", one.result},      {"score", or_null(one.score)},
          {"maximum", one.maximum},    {"bonus", one.bonus},
          {"points", one.points},      {"message", one.message},
          {"seconds", one.seconds},    {"content_hash", one.content_hash},
          {"plan_hash", one.plan_hash}};
}

/// A folder below the grade folder: what is read from disk must not lead elsewhere.
bool stays_below(const std::string& path) {
  if (path.starts_with("/")) return false;
  const fs::path relative(path);
  for (const auto& part : relative) {
    if (part == "..") return false;
  }
  return true;
}

Result<GradedSubmission> submission_from_json(const Json& json) {
  GradedSubmission one;
  std::string state;
  ObjectReader reader(json, "grades.json: submissions");
  reader.required("name", one.name).required("state", state).required("result", one.result);
  reader.optional("score", one.score).required("maximum", one.maximum);
  reader.required("bonus", one.bonus).required("points", one.points);
  reader.required("message", one.message).required("seconds", one.seconds);
  reader.required("content_hash", one.content_hash).required("plan_hash", one.plan_hash);
  if (!stays_below(one.result)) reader.fail("wants a folder below it at 'result'");
  GRADUS_CHECK(reader.finish());
  GRADUS_TRY(one.state, grade_state_from_string(state));
  return one;
}

}  // namespace

const char* to_string(GradeState state) {
  for (const auto& [one, name] : kStates) {
    if (one == state) return name;
  }
  return "not_graded";
}

Result<GradeState> grade_state_from_string(const std::string& text) {
  for (const auto& [state, name] : kStates) {
    if (text == name) return state;
  }
  return infrastructure_error("grades.json", "has the unknown state '" + text + "'");
}

Json to_json(const Grades& grades) {
  Json items = Json::array(), submissions = Json::array();
  for (const auto& item : grades.items) {
    items.push_back(
        {{"id", item.id}, {"title", item.title}, {"points", item.points}, {"bonus", item.bonus}});
  }
  for (const auto& one : grades.submissions) submissions.push_back(to_json(one));
  return {{"schema", kGradesSchema},       {"lab", grades.lab},
          {"title", grades.title},         {"profile", grades.profile},
          {"sandbox", grades.sandbox},     {"overrides", grades.overrides},
          {"plan_hash", grades.plan_hash}, {"items", items},
          {"submissions", submissions}};
}

Result<Grades> grades_from_json(const Json& json) {
  Grades grades;
  std::string schema;
  ObjectReader reader(json, "grades.json");
  reader.required("schema", schema).required("lab", grades.lab).required("title", grades.title);
  reader.required("profile", grades.profile).required("sandbox", grades.sandbox);
  reader.required("overrides", grades.overrides).required("plan_hash", grades.plan_hash);
  reader.list("items", grades.items, graded_item_from_json);
  reader.list("submissions", grades.submissions, submission_from_json);
  GRADUS_CHECK(reader.finish());
  if (schema != kGradesSchema) {
    return infrastructure_error("grades.json",
                                "has schema '" + schema + "', wanted '" + kGradesSchema + "'");
  }
  return grades;
}

Result<Grades> read_grades(const std::filesystem::path& folder) {
  const fs::path path = folder / "grades.json";
  const std::string cure = "give the folder that 'gradus grade --out' wrote";
  constexpr std::uint64_t kLimit = std::uint64_t{256} << 20;
  auto text = read_file(path, kLimit);
  if (!text.ok()) return user_error(path.string(), "cannot be read: " + text.error().what, cure);
  const Json json = Json::parse(*text, nullptr, false);
  if (json.is_discarded())
    return user_error(path.string(), "is not JSON (cut short or damaged)", cure);
  auto grades = grades_from_json(json);
  if (!grades.ok()) {
    return user_error(path.string(), grades.error().where + " " + grades.error().what, cure);
  }
  return grades;
}

}  // namespace gradus
