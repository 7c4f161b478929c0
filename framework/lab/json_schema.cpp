// Theory of operation. Every table of schema() becomes a definition, twice: as it stands, and with
// nothing required, for profiles. Tables refer to one another by the same paths as in schema(). A
// private overlay is a profile at its top, and has tables of its own (overlay_schema()).

#include "framework/lab/json_schema.hpp"

#include <cmath>

#include "framework/core/text.hpp"
#include "framework/lab/own_recipe.hpp"
#include "framework/lab/schema.hpp"

namespace gradus::lab {
namespace {

constexpr const char* kPlugin =
    "^(submission|submission:[a-z][a-z0-9_]{0,63}|reference:[a-z][a-z0-9_]{0,63})$";

Json plain(double value) {
  if (std::floor(value) == value && std::abs(value) < 1e15) return static_cast<std::int64_t>(value);
  return value;
}

Json list_of(Json items, std::size_t least = 1) {
  return {{"type", "array"}, {"items", std::move(items)}, {"minItems", least}};
}

Json reference(const std::string& definition) { return {{"$ref", "#/definitions/" + definition}}; }

Json object_of(Json properties) {
  return {
      {"type", "object"}, {"properties", std::move(properties)}, {"additionalProperties", false}};
}

void add_range(const KeySpec& key, Json& json) {
  if (key.min) json["minimum"] = plain(*key.min);
  if (key.max) json["maximum"] = plain(*key.max);
  if (key.above) json["exclusiveMinimum"] = plain(*key.above);
}

Json with_range(const KeySpec& key, const char* type) {
  Json json = {{"type", type}};
  add_range(key, json);
  return json;
}

Json either(Json one, Json other) {
  return {{"anyOf", Json::array({std::move(one), std::move(other)})}};
}

/// The value alone; tables and lists with a meaning are the caller's.
Json value_schema(const KeySpec& key) {
  const Json text = {{"type", "string"}};
  const Json fraction = {{"type", "number"}, {"minimum", 0}, {"maximum", 1}};
  switch (key.type) {
    case ValueType::boolean:
      return {{"type", "boolean"}};
    case ValueType::integer:
      return with_range(key, "integer");
    case ValueType::number:
      return with_range(key, "number");
    case ValueType::text:
      return key.choices.empty() ? text : Json{{"type", "string"}, {"enum", key.choices}};
    case ValueType::fraction:
      return fraction;
    case ValueType::difference:
      return {{"type", "number"}, {"minimum", -1}, {"maximum", 1}};
    case ValueType::interval: {
      Json json = list_of(fraction, 2);
      json["maxItems"] = 2;
      return json;
    }
    case ValueType::identifier:
      return {{"type", "string"}, {"pattern", "^[a-z][a-z0-9_]{0,63}$"}};
    case ValueType::texts:
    case ValueType::probes:
      return either(text, list_of(text));
    case ValueType::numbers:
      return list_of(with_range(key, "number"));
    case ValueType::plugin: {
      const Json use = {{"type", "string"}, {"pattern", kPlugin}};
      Json table = object_of({{"use", use}, {"options", {{"type", "object"}}}});
      table["required"] = {"use"};
      return either(use, table);
    }
    case ValueType::arm:
      return {{"type", "object"}, {"minProperties", 1}};
    case ValueType::arms:
      return list_of({{"type", "object"}, {"minProperties", 1}});
    case ValueType::varied:
      return {{"type", "string"}, {"enum", varied_keys()}};
    case ValueType::other_task:
      return text;
    case ValueType::time:
      return {{"type", "string"}, {"format", "date-time"}};
    case ValueType::list:
      return {{"type", "array"}};
    case ValueType::table:
      break;
  }
  return {{"type", "object"}};
}

void describe_key(const KeySpec& key, Json& json) {
  // Beside a $ref draft-07 looks at nothing else.
  if (json.contains("$ref")) json = {{"allOf", Json::array({json})}};
  if (!key.help.empty()) json["description"] = key.help;
  if (!key.fallback.is_null()) json["default"] = key.fallback;
}

/// Adds a property under a name that may be dotted: the tables between are made.
void put(Json& properties, const std::string& dotted, Json value) {
  const std::size_t dot = dotted.find('.');
  if (dot == std::string::npos) {
    properties[dotted] = std::move(value);
    return;
  }
  Json& table = properties[dotted.substr(0, dot)];
  if (table.is_null()) table = object_of(Json::object());
  put(table["properties"], dotted.substr(dot + 1), std::move(value));
}

/// Lists of values (or largest values) by varied key, dotted or in tables of their own.
Json by_key(const std::vector<std::string>& keys, bool lists) {
  Json properties = Json::object();
  for (const std::string& key : keys) {
    const ValueType type = varied_key(key)->type;
    if (!lists && type != ValueType::integer && type != ValueType::number) continue;
    Json value = value_schema(*varied_key(key));
    if (lists) value = list_of(std::move(value));
    properties[key] = value;
    if (key.find('.') != std::string::npos) put(properties, key, value);
  }
  Json json = object_of(std::move(properties));
  json["minProperties"] = 1;
  return json;
}

class Writer {
 public:
  explicit Writer(const Vocabulary& vocabulary) : vocabulary_(vocabulary) {}

  Json lab() {
    define();
    return finished(table_schema(table_spec(""), false), "A lab of Gradus");
  }

  Json overlay() {
    define();
    definitions_["private"] = table_schema(table_spec("private"), false);
    Json lists = table_schema(table_spec("add"), false);
    for (const KeySpec& key : table_spec("add").keys) {
      Json items = list_of(reference(key.name), 0);
      describe_key(key, items);
      lists["properties"][key.name] = std::move(items);
    }
    definitions_["add"] = std::move(lists);
    const TableSpec& top = table_spec("overlay");
    Json json = profile();
    for (const KeySpec& key : top.keys) {
      Json value = key.name == "profile" ? profiles() : reference(key.name);
      describe_key(key, value);
      json["properties"][key.name] = std::move(value);
      if (key.required) json["required"].push_back(key.name);
    }
    json["description"] = top.help;
    return finished(std::move(json), "A private overlay of a lab of Gradus");
  }

 private:
  void define() {
    for (const TableSpec& table : schema()) {
      if (table.path == "profile" || table.path == "rubric") continue;
      for (const bool partial : {false, true}) {
        if (table.path.empty()) continue;
        definitions_[name_of(table.path, partial)] = table_schema(table, partial);
      }
    }
    definitions_["rubric"] = rubric();
    definitions_["probe"] = probe();
    definitions_["profile"] = profile();
    definitions_["vary.lists"] = by_key(varied_keys(), true);
    definitions_["budget"] = by_key(own_recipe_keys(), false);
  }

  Json finished(Json json, const char* title) const {
    json["$schema"] = "http://json-schema.org/draft-07/schema#";
    json["title"] = title;
    json["definitions"] = definitions_;
    return json;
  }

  static Json profiles() {
    return {{"type", "object"}, {"additionalProperties", reference("profile")}};
  }

  static std::string name_of(const std::string& path, bool partial) {
    return partial ? path + ".part" : path;
  }

  Json table_schema(const TableSpec& table, bool partial) const {
    Json properties = Json::object(), required = Json::array();
    for (const KeySpec& key : table.keys) {
      Json value = key_schema(table.path, key, partial);
      describe_key(key, value);
      properties[key.name] = std::move(value);
      if (key.required && !partial) required.push_back(key.name);
    }
    Json json = object_of(std::move(properties));
    json["description"] = table.help;
    if (!required.empty()) json["required"] = required;
    return json;
  }

  Json key_schema(const std::string& table, const KeySpec& key, bool partial) const {
    if (key.type == ValueType::list) {
      if (table.empty()) return list_of(reference(key.name), key.name == "task" ? 1 : 0);
      if (table == "task" && key.name == "probes") return list_of(reference("probe"));
    }
    if (key.type != ValueType::table) return value_schema(key);
    if (table.empty() && key.name == "profile") return profiles();
    if (table.empty()) return reference(name_of(key.name, partial));
    if (table == "task.vary") return reference("vary.lists");
    if (table == "submission.recipe") return reference("budget");
    if (table == "task" && (key.name == "recipe" || key.name == "input"))
      return reference(name_of(key.name, true));
    const bool kind = table == "submission" && key.name != "recipe";
    return reference(name_of(kind ? "submission.KIND" : table + "." + key.name, partial));
  }

  /// One alternative a check: its own keys beside those of every item.
  Json rubric() const {
    Json alternatives = Json::array();
    for (const NamedSpec& check : vocabulary_.checks) {
      Json own = Json::object();
      for (const KeySpec& key : check.keys) {
        Json value = value_schema(key);
        describe_key(key, value);
        put(own, key.name, std::move(value));
      }
      Json item = table_schema(table_spec("rubric"), false);
      Json part = own;
      part["points"] = {{"type", "number"}, {"minimum", 0}};
      Json partial = object_of(part);
      partial["required"] = {"points"};
      partial["minProperties"] = 2;
      item["properties"].update(own);
      item["properties"]["partial"]["items"] = partial;
      item["properties"]["check"] = {{"const", check.name}, {"description", check.help}};
      for (const KeySpec& key : check.keys) {
        const std::string first = key.name.substr(0, key.name.find('.'));
        if (key.required) item["required"].push_back(first);
      }
      item["title"] = "check = \"" + check.name + "\"";
      alternatives.push_back(std::move(item));
    }
    return {{"oneOf", alternatives}};
  }

  Json probe() const {
    Json names = Json::array(), alternatives = Json::array();
    for (const NamedSpec& spec : vocabulary_.probes) names.push_back(spec.name);
    alternatives.push_back({{"type", "string"}, {"enum", names}});
    for (const NamedSpec& spec : vocabulary_.probes) {
      Json properties = {{"name", {{"const", spec.name}, {"description", spec.help}}}};
      for (const KeySpec& key : spec.keys) {
        properties[key.name] = value_schema(key);
        describe_key(key, properties[key.name]);
      }
      Json table = object_of(std::move(properties));
      table["required"] = {"name"};
      alternatives.push_back(std::move(table));
    }
    return {{"oneOf", alternatives}};
  }

  /// Any key of the file by its dotted path: TOML makes tables of it, unless it is quoted.
  Json profile() const {
    Json properties = Json::object();
    for (const KeySpec& key : table_spec("").keys) {
      if (key.type == ValueType::table && key.name != "profile")
        properties[key.name] = reference(name_of(key.name, true));
    }
    properties["task"] = {{"type", "object"}, {"additionalProperties", reference("task.part")}};
    // A check's own keys depend on the item, which only the reader can look up.
    properties["rubric"] = {{"type", "object"}, {"additionalProperties", {{"type", "object"}}}};
    for (const KeySpec& key : table_spec("profile").keys) {
      Json value = value_schema(key);
      describe_key(key, value);
      put(properties, key.name, std::move(value));
    }
    Json json = object_of(std::move(properties));
    json["patternProperties"] = {{"\\.", true}};
    json["description"] = table_spec("profile").help;
    return json;
  }

  const Vocabulary& vocabulary_;
  Json definitions_ = Json::object();
};

}  // namespace

Json json_schema(const Vocabulary& vocabulary) { return Writer(vocabulary).lab(); }
Json overlay_json_schema(const Vocabulary& vocabulary) { return Writer(vocabulary).overlay(); }

}  // namespace gradus::lab
