// gradus-inspect LIBRARY: one JSON object on standard output, {"plugins": [{"kind", "name"}],
// "problems": [text]}, or {"error": text, "cure": text} where the file is no library. Runs none of
// the library's code and links no LibTorch; framework/build starts it in the sandbox, because the
// library is whatever a compiler made of a stranger's sources.

#include <cstdio>
#include <nlohmann/json.hpp>

#include "framework/core/text.hpp"
#include "framework/worker/plugin/inspect.hpp"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: gradus-inspect LIBRARY\n", stderr);
    return 2;
  }
  nlohmann::json answer;
  if (const auto found = gradus::worker::inspect(argv[1]); found.ok()) {
    answer["plugins"] = nlohmann::json::array();
    for (const auto& plugin : found->plugins) {
      answer["plugins"].push_back(
          {{"kind", plugin.kind}, {"name", gradus::printable(plugin.name)}});
    }
    answer["problems"] = nlohmann::json::array();
    for (const auto& problem : found->problems) {
      answer["problems"].push_back(gradus::printable(problem));
    }
  } else {
    answer["error"] = gradus::printable(found.error().what);
    answer["cure"] = gradus::printable(found.error().cure);
  }
  std::puts(answer.dump().c_str());
  return std::fflush(stdout) == 0 ? 0 : 3;
}
