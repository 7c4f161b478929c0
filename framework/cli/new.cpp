#include "datasets/catalog/catalog.hpp"
#include "framework/build/build.hpp"
#include "framework/cli/command.hpp"
#include "framework/core/files.hpp"
#include "framework/core/text.hpp"
#include "framework/lab/json_schema.hpp"
#include "grader/grader.hpp"

namespace gradus::cli {
namespace {

struct NewOptions {
  std::string name, parent = ".";
};

Status create(Context& context, const std::string& kind, const NewOptions& options) {
  GRADUS_TRY(const auto folder,
             build::scaffold(context.paths, kind, options.name, fs::absolute(options.parent)));
  if (kind == "lab") {
    const Json schema = lab::json_schema(grader::vocabulary(datasets::known_datasets()));
    GRADUS_CHECK(write_file(folder / "lab.schema.json", schema.dump(1) + "\n"));
  }
  if (context.json) {
    print_json(context, {{"kind", kind}, {"name", options.name}, {"folder", folder.string()}});
    return {};
  }
  const std::string shown = printable(fs::relative(folder).string());
  context.out.print("Wrote " + shown + "/");
  if (kind == "lab") {
    context.out.print("  next: edit " + shown + "/lab.toml, then: gradus lab check ./" + shown);
    return {};
  }
  context.out.print("  next: edit " + shown + "/" + options.name + ".cpp, then: gradus check " +
                    shown);
  return {};
}

}  // namespace

void add_new(CLI::App& app, Context& context) {
  auto* command =
      app.add_subcommand("new", "Scaffold a plugin or a lab that passes its check untouched");
  command->require_subcommand(1);
  auto options = std::make_shared<NewOptions>();
  for (const char* kind : {"model", "activation", "augmentation", "lab"}) {
    const bool lab = std::string(kind) == "lab";
    auto* one = command->add_subcommand(
        kind, lab ? std::string("A new lab") : std::string("A new ") + kind + " plugin");
    one->add_option(
           "NAME", options->name,
           std::string("lower_snake_case; names the folder and the ") + (lab ? "lab" : "plugin"))
        ->required();
    one->add_option("--in", options->parent, "Folder to create it in; default: here");
    add_json_flag(*one, context);
    one->callback([&context, options, kind = std::string(kind)] {
      guarded(context, [&] { return create(context, kind, *options); });
    });
  }
}

}  // namespace gradus::cli
