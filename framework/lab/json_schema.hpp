#pragma once

#include "framework/lab/lab.hpp"

namespace gradus::lab {

/// A JSON schema (draft-07) of lab files for editors, made from the tables that the reader uses:
/// keys, types, ranges, choices and defaults, and the checks and probes of the vocabulary. What
/// depends on other parts of the file (arms, names of tasks) only the reader knows.
Json json_schema(const Vocabulary& vocabulary);
/// The same of private overlays.
Json overlay_json_schema(const Vocabulary& vocabulary);

}  // namespace gradus::lab
