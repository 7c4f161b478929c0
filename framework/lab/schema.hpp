#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "framework/lab/lab.hpp"

namespace gradus::lab {

/// One table of a lab file. The whole format is the list of these: reading, messages about unknown
/// keys and the documentation are made from it.
struct TableSpec {
  std::string path;  ///< "recipe.optimizer"; "" is the file's top level
  std::string help;
  std::vector<KeySpec> keys;
};

const std::vector<TableSpec>& schema();
/// The tables of a private overlay that a lab file has not; its top level is "overlay".
const std::vector<TableSpec>& overlay_schema();
/// The part of it that is about training: [recipe] and its tables.
std::vector<TableSpec> recipe_tables();
/// [input], [run], [run.limits] and [exam].
std::vector<TableSpec> run_tables();
/// Tables inside [recipe]: "optimizer", "schedule", "early_stop".
const std::vector<std::string>& recipe_parts();
/// The table with that path; it must exist.
const TableSpec& table_spec(std::string_view path);
std::vector<std::string> key_names(const std::vector<KeySpec>& keys);

/// Keys that arms may vary: "epochs", "optimizer.lr", "input.crop", "activation", ...
const std::vector<std::string>& varied_keys();
/// Type and range of one of them; null for any other.
const KeySpec* varied_key(const std::string& name);

/// "an integer of at least 1", "one of sgd": what a key wants, for messages and documentation.
std::string wanted(const KeySpec& spec);

}  // namespace gradus::lab
