#pragma once

#include <string>
#include <string_view>

namespace gradus::grader {

/// What bytes that no reader of ours takes look like, by their first ones: "a 7z archive", "a text
/// file"; "something else" where nothing fits. For messages only.
std::string kind_of_file(std::string_view bytes);

/// A zip without a member: the end of its directory and nothing before.
bool is_empty_zip(std::string_view bytes);

}  // namespace gradus::grader
