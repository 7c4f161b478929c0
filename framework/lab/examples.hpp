#pragma once

#include <string>
#include <vector>

namespace gradus::lab {

/// What a lab's author would write for one key, inside that key's table.
struct Example {
  const char *table, *key;
  std::vector<const char*> lines;  ///< TOML; with what the key needs beside it
};

/// One for every key of schema() and overlay_schema(); a test reads each of them.
const std::vector<Example>& examples();

}  // namespace gradus::lab
