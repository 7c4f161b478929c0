#include "reports/renderer.hpp"

#include <fmt/format.h>

#include "framework/core/process.hpp"
#include "framework/core/text.hpp"

namespace gradus::reports {

Result<std::string> run_filter(const Paths&, const Filter& filter, sandbox::Mode) {
  Command command;
  command.argv = {filter.program};
  command.argv.insert(command.argv.end(), filter.arguments.begin(), filter.arguments.end());
  command.env = filter.env;
  command.input = filter.input;
  command.output_limit = filter.output_bytes;
  GRADUS_TRY(Completed completed, run(command));
  if (completed.exit_code != 0) {
    return infrastructure_error(filter.program,
                                fmt::format("failed with exit code {}: {}", completed.exit_code,
                                            printable(completed.err, true, 2000)));
  }
  return std::move(completed.out);
}

}  // namespace gradus::reports
