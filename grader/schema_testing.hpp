#pragma once

// A checker of JSON against the part of JSON schema that lab::json_schema() writes, for tests.

#include <algorithm>
#include <regex>
#include <string>

#include "framework/record/plan.hpp"

namespace gradus::grader::testing {

/// Empty where `value` fits; else where and why it does not. A keyword that is not known here is a
/// complaint too: a schema that nobody checks would let anything pass.
class SchemaChecker {
 public:
  explicit SchemaChecker(const Json& root) : root_(root) {}
  std::string complaint(const Json& value) const { return check(value, root_, ""); }

 private:
  static bool has_type(const Json& value, const std::string& type) {
    if (type == "object") return value.is_object();
    if (type == "array") return value.is_array();
    if (type == "string") return value.is_string();
    if (type == "boolean") return value.is_boolean();
    if (type == "integer") return value.is_number_integer();
    return type == "number" && value.is_number();
  }

  std::string check(const Json& value, const Json& schema, const std::string& at) const {
    if (schema.is_boolean()) return schema.get<bool>() ? "" : at + ": nothing is allowed here";
    for (const auto& [keyword, wanted] : schema.items()) {
      const std::string found = apply(keyword, wanted, value, schema, at);
      if (!found.empty()) return found;
    }
    return "";
  }

  std::string apply(const std::string& keyword, const Json& wanted, const Json& value,
                    const Json& schema, const std::string& at) const {
    const auto no = [&](bool bad, const std::string& what) { return bad ? at + ": " + what : ""; };
    static const std::vector<std::string> kSilent = {
        "$schema", "title", "definitions", "default", "format", "description", "patternProperties"};
    if (std::find(kSilent.begin(), kSilent.end(), keyword) != kSilent.end()) return "";
    if (keyword == "$ref") {
      const std::string name = wanted.get<std::string>().substr(sizeof("#/definitions/") - 1);
      return check(value, root_.at("definitions").at(name), at);
    }
    if (keyword == "type") return no(!has_type(value, wanted), "is no " + wanted.dump());
    if (keyword == "enum")
      return no(std::find(wanted.begin(), wanted.end(), value) == wanted.end(), "is no choice");
    if (keyword == "const") return no(value != wanted, "is not " + wanted.dump());
    if (keyword == "minimum") return no(value.is_number() && value < wanted, "is too small");
    if (keyword == "maximum") return no(value.is_number() && value > wanted, "is too large");
    if (keyword == "exclusiveMinimum")
      return no(value.is_number() && value <= wanted, "is too small");
    if (keyword == "pattern") {
      const std::regex pattern(wanted.get<std::string>());
      return no(value.is_string() && !std::regex_search(value.get<std::string>(), pattern),
                "does not match");
    }
    if (keyword == "minItems") return no(value.is_array() && value.size() < wanted, "is too short");
    if (keyword == "maxItems") return no(value.is_array() && value.size() > wanted, "is too long");
    if (keyword == "minProperties")
      return no(value.is_object() && value.size() < wanted, "is too short");
    if (keyword == "required") {
      for (const Json& key : wanted) {
        if (value.is_object() && !value.contains(key.get<std::string>()))
          return at + ": lacks " + key.dump();
      }
      return "";
    }
    if (keyword == "items") return items(value, wanted, at);
    if (keyword == "properties" || keyword == "additionalProperties")
      return keyword == "properties" && schema.contains("additionalProperties")
                 ? ""
                 : properties(value, schema, at);
    if (keyword == "allOf" || keyword == "anyOf" || keyword == "oneOf")
      return combine(keyword, wanted, value, at);
    return at + ": the schema has the unknown keyword " + keyword;
  }

  std::string items(const Json& value, const Json& wanted, const std::string& at) const {
    if (!value.is_array()) return "";
    for (std::size_t i = 0; i < value.size(); ++i) {
      const std::string found = check(value[i], wanted, at + "[" + std::to_string(i) + "]");
      if (!found.empty()) return found;
    }
    return "";
  }

  std::string properties(const Json& value, const Json& schema, const std::string& at) const {
    if (!value.is_object()) return "";
    const Json none = Json::object();
    const Json& known = schema.contains("properties") ? schema.at("properties") : none;
    const Json& patterns =
        schema.contains("patternProperties") ? schema.at("patternProperties") : none;
    for (const auto& [key, item] : value.items()) {
      const std::string place = at + "/" + key;
      std::string found;
      if (known.contains(key)) {
        found = check(item, known.at(key), place);
      } else if (std::none_of(patterns.items().begin(), patterns.items().end(),
                              [&, name = key](const auto& pattern) {
                                return std::regex_search(name, std::regex(pattern.key()));
                              }) &&
                 schema.contains("additionalProperties")) {
        found = check(item, schema.at("additionalProperties"), place);
      }
      if (!found.empty()) return found;
    }
    return "";
  }

  std::string combine(const std::string& keyword, const Json& wanted, const Json& value,
                      const std::string& at) const {
    std::size_t good = 0;
    std::string last;
    for (const Json& one : wanted) {
      const std::string found = check(value, one, at);
      if (found.empty()) {
        ++good;
      } else {
        last = found;
      }
    }
    if (keyword == "allOf") return good == wanted.size() ? "" : last;
    if (keyword == "oneOf" && good > 1) return at + ": fits more than one alternative";
    return good > 0 ? "" : at + ": fits no alternative (" + last + ")";
  }

  const Json& root_;
};

}  // namespace gradus::grader::testing
