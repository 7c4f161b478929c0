#include "framework/core/text.hpp"
#include "framework/lab/examples.hpp"
#include "framework/lab/lab.hpp"
#include "framework/lab/problems.hpp"
#include "framework/lab/schema.hpp"

namespace gradus::lab {
namespace {

std::string fallback_text(const KeySpec& key) {
  if (key.required) return "required";
  if (key.fallback.is_null()) return "";
  if (key.fallback.is_string()) return "\"" + key.fallback.get<std::string>() + "\"";
  if (key.fallback.is_number_float()) return number(key.fallback.get<double>());
  return key.fallback.dump();
}

std::string rows(const std::vector<KeySpec>& keys) {
  std::string text = "| Key | Wanted | Default | Meaning |\n|---|---|---|---|\n";
  for (const KeySpec& key : keys) {
    text += "| `" + key.name + "` | " + wanted(key) + " | " + fallback_text(key) + " | " +
            key.help + " |\n";
  }
  return text;
}

/// Lines of code in one cell of a table.
std::string code(const std::vector<const char*>& lines) {
  std::string text;
  for (const char* line : lines) text += (text.empty() ? "`" : "<br>`") + std::string(line) + "`";
  return text;
}

std::string rows_with_examples(const TableSpec& table) {
  std::string text = "| Key | Wanted | Default | Meaning | Example |\n|---|---|---|---|---|\n";
  for (const KeySpec& key : table.keys) {
    std::string example;
    for (const Example& one : examples()) {
      if (one.table == table.path && one.key == key.name) example = code(one.lines);
    }
    text += "| `" + key.name + "` | " + wanted(key) + " | " + fallback_text(key) + " | " +
            key.help + " | " + example + " |\n";
  }
  return text;
}

std::string heading(const TableSpec& spec) {
  if (spec.path.empty()) return "Top level";
  if (spec.path == "overlay") return "Top level of a private overlay";
  const bool list = spec.path == "task" || spec.path == "rubric" || spec.path == "figure";
  if (list) return "`[[" + spec.path + "]]`";
  return spec.path == "profile" ? "`[profile.NAME]`" : "`[" + spec.path + "]`";
}

}  // namespace

std::string keys_markdown() {
  std::string text;
  for (const auto* tables : {&schema(), &overlay_schema()}) {
    for (const TableSpec& spec : *tables) {
      text +=
          "### " + heading(spec) + "\n\n" + spec.help + "\n\n" + rows_with_examples(spec) + "\n";
    }
  }
  return text;
}

std::string specs_markdown(const std::vector<NamedSpec>& specs) {
  std::string text;
  for (const NamedSpec& spec : specs) {
    text += "### `" + spec.name + "`\n\n" + spec.help + "\n\n";
    if (spec.level > 0) text += "Level " + std::to_string(spec.level) + ". ";
    if (!spec.needs_plugin.empty()) text += "The task names an " + spec.needs_plugin + ". ";
    if (!spec.task_kinds.empty()) text += "Tasks of kind: " + enumerate(spec.task_kinds) + ". ";
    if (!spec.needs_probes.empty())
      text += "In a probe task it needs the probe " + enumerate(spec.needs_probes) + ". ";
    if (!spec.one_of.empty()) text += "At least one of: " + enumerate(spec.one_of) + ".";
    if (text.back() != '\n') text += "\n\n";
    if (!spec.keys.empty()) text += rows(spec.keys) + "\n";
  }
  return text;
}

}  // namespace gradus::lab
