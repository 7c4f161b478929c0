#pragma once

#include <string>
#include <string_view>

namespace gradus::reports::testing {

/// What is wrong with a page that should be well-formed XML (after its DOCTYPE); empty: nothing.
/// Knows tags, quoted attributes, entities and nesting; that is what a page of ours is made of.
std::string markup_problem(std::string_view page);

}  // namespace gradus::reports::testing
