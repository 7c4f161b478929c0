#include "framework/cli/command.hpp"

#include "framework/core/text.hpp"

namespace gradus::cli {

void report_error(Context& context, const Error& error) {
  context.exit_code = exit_code(error.fault);
  if (context.json) {
    print_json(context, {{"error",
                          {{"fault", to_string(error.fault)},
                           {"where", error.where},
                           {"what", error.what},
                           {"cure", error.cure}}}});
    return;
  }
  const std::string head = context.err.styled(Style::bad, "gradus: error: ");
  const std::string where = error.where.empty() ? "" : printable(error.where) + ": ";
  context.err.print(head + where + printable(error.what, true, 16'384));
  if (!error.cure.empty()) {
    context.err.print(context.err.styled(Style::dim, "  to do: ") + printable(error.cure, true));
  }
}

void print_json(const Context& context, const Json& json) {
  context.out.print(json.dump(2, ' ', false, Json::error_handler_t::replace));
}

void add_json_flag(CLI::App& app, Context& context) {
  app.add_flag("--json", context.json, "One JSON document on standard output, nothing else");
}

}  // namespace gradus::cli
