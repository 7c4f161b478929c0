#include "framework/bench/suites.hpp"

namespace gradus::bench {

Result<std::vector<Row>> measure_start(const Setup& setup) {
  const std::string gradus = (setup.paths.prefix / "bin" / "gradus").string();
  std::vector<Row> rows;
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"--version"}, {"lab", "list"}, {"data", "list"}}) {
    Command command;
    command.argv = {gradus};
    Row row;
    row.name = "start: gradus";
    for (const std::string& argument : arguments) {
      command.argv.push_back(argument);
      row.name += " " + argument;
    }
    row.unit = "ms";
    row.goal = "<= 20 ms";
    row.ours.label = "command";
    GRADUS_CHECK(repeat(
        setup.rounds_or(31), true, [&] { return wall_ms(command); }, row.ours));
    rows.push_back(std::move(row));
  }
  Row row{"start: ./gradus lab list",
          "ms",
          {"through the launcher", {}},
          {},
          "",
          "",
          "the launcher looks first whether a source file is newer"};
  Command command;
  command.argv = {(setup.root / "gradus").string(), "lab", "list"};
  GRADUS_CHECK(repeat(
      setup.rounds_or(31), true, [&] { return wall_ms(command); }, row.ours));
  rows.push_back(std::move(row));
  return rows;
}

}  // namespace gradus::bench
