#pragma once

#include <string>

#include "datasets/catalog/catalog.hpp"
#include "datasets/catalog/entry.hpp"
#include "framework/core/paths.hpp"
#include "framework/core/result.hpp"

namespace gradus::datasets {

/// get() and verify() of any entry, also one that is not in the table (tests have small ones).
Status get_entry(const Paths& paths, const Entry& entry, const Say& say, const std::string& from);
Status verify_entry(const Paths& paths, const Entry& entry, const Say& say);

}  // namespace gradus::datasets
