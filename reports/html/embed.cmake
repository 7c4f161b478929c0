# Writes OUTPUT, a C++ source with the text of FILES (a list separated by '|'), so that templates are
# part of the program. Called by CMakeLists.txt: cmake -DOUTPUT=… -DFOLDER=… -DFILES=… -P embed.cmake
string(REPLACE "|" ";" files "${FILES}")
set(rows "")
foreach(name IN LISTS files)
  file(READ "${FOLDER}/${name}" text)
  if(text MATCHES "\\)gradus\"")
    message(FATAL_ERROR "${name} holds the delimiter )gradus\"")
  endif()
  string(APPEND rows "    {\"${name}\", R\"gradus(${text})gradus\"},\n")
endforeach()
file(WRITE "${OUTPUT}" "// Made by reports/html/embed.cmake.
#include \"reports/html/templates.hpp\"

#include <utility>

namespace gradus::reports {

std::string_view template_text(std::string_view name) {
  static constexpr std::pair<std::string_view, std::string_view> kFiles[] = {
${rows}  };
  for (const auto& [file, text] : kFiles) {
    if (file == name) return text;
  }
  return {};
}

}  // namespace gradus::reports
")
