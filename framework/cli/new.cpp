#include "framework/build/build.hpp"
#include "framework/cli/command.hpp"
#include "framework/core/text.hpp"

namespace gradus::cli {
namespace {

struct NewOptions {
  std::string name, parent = ".";
};

Status create(Context& context, const std::string& kind, const NewOptions& options) {
  GRADUS_TRY(const auto folder,
             build::scaffold(context.paths, kind, options.name, fs::absolute(options.parent)));
  if (context.json) {
    print_json(context, {{"kind", kind}, {"name", options.name}, {"folder", folder.string()}});
    return {};
  }
  const std::string shown = printable(fs::relative(folder).string());
  context.out.print("Wrote " + shown + "/");
  context.out.print("  next: edit " + shown + "/" + options.name + ".cpp, then: gradus check " +
                    shown);
  return {};
}

}  // namespace

void add_new(CLI::App& app, Context& context) {
  auto* command =
      app.add_subcommand("new", "Scaffold a plugin that passes 'gradus check' untouched");
  command->require_subcommand(1);
  auto options = std::make_shared<NewOptions>();
  for (const char* kind : {"model", "activation", "augmentation"}) {
    auto* one = command->add_subcommand(kind, std::string("A new ") + kind + " plugin");
    one->add_option("NAME", options->name, "lower_snake_case; names the folder and the plugin")
        ->required();
    one->add_option("--in", options->parent, "Folder to create it in; default: here");
    add_json_flag(*one, context);
    one->callback([&context, options, kind = std::string(kind)] {
      guarded(context, [&] { return create(context, kind, *options); });
    });
  }
}

}  // namespace gradus::cli
