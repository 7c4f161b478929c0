#include "datasets/catalog/catalog.hpp"
#include "datasets/catalog/entry.hpp"
#include "framework/cli/command.hpp"
#include "framework/core/text.hpp"

namespace gradus::cli {
namespace {

struct DataOptions {
  std::string name, from, out;
};

datasets::Say say(const Context& context) {
  return [&context](const std::string& line) { context.err.print(printable(line)); };
}

Status list(Context& context) {
  const auto entries = datasets::list(context.paths);
  if (context.json) {
    Json json = Json::array();
    for (const auto& entry : entries) {
      json.push_back({{"name", entry.name},
                      {"title", entry.title},
                      {"source", entry.source},
                      {"state", entry.state}});
    }
    print_json(context, json);
    return {};
  }
  Table table{{"Name", "Title", "State"}, {}, {}, {}};
  for (const auto& entry : entries) {
    table.rows.push_back({entry.name, entry.title, entry.state});
    table.styles.push_back(
        {Style::bold, Style::plain, entry.state == "ready" ? Style::good : Style::warn});
  }
  context.out.write(table.render(context.out));
  return {};
}

Json to_json(const datasets::Statistics& statistics) {
  return {{"count", statistics.count},
          {"per_class", statistics.per_class},
          {"mean", statistics.mean},
          {"std", statistics.std}};
}

std::string five_digits(const std::vector<double>& values) {
  std::string out;
  for (const double value : values) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.5f", value);
    out += (out.empty() ? "" : "  ") + std::string(text.data());
  }
  return out;
}

Status show(Context& context, const DataOptions& options) {
  if (!std::filesystem::exists(context.paths.data() / options.name)) {
    GRADUS_CHECK(datasets::find_entry(options.name));  // names the nearest set that there is
  }
  GRADUS_TRY(const auto dataset, datasets::Dataset::open(context.paths, options.name));
  const auto& info = dataset.info();
  GRADUS_TRY(const auto train, datasets::statistics(dataset.published_train(), info));
  GRADUS_TRY(const auto test, datasets::statistics(dataset.published_test(), info));
  const fs::path mosaic =
      options.out.empty() ? fs::path(info.name + ".png") : fs::path(options.out);
  GRADUS_CHECK(datasets::write_mosaic(dataset, mosaic));
  if (context.json) {
    print_json(context, {{"name", info.name},
                         {"title", info.title},
                         {"shape", {info.height, info.width, info.channels}},
                         {"classes", info.classes},
                         {"hash", info.hash},
                         {"train", to_json(train)},
                         {"test", to_json(test)},
                         {"mosaic", mosaic.string()}});
    return {};
  }
  context.out.print(context.out.styled(Style::bold, info.title) + "  " +
                    std::to_string(info.height) + "×" + std::to_string(info.width) + "×" +
                    std::to_string(info.channels) + ", " + std::to_string(info.classes.size()) +
                    " classes, sha256 " + info.hash.substr(0, 12));
  Table table{{"", "Images", "Mean (pixels in 0..1)", "Standard deviation"},
              {{"train", with_commas(train.count), five_digits(train.mean), five_digits(train.std)},
               {"test", with_commas(test.count), five_digits(test.mean), five_digits(test.std)}},
              {},
              {false, true, false, false}};
  context.out.write(table.render(context.out));
  Table classes{{"Class", "Train", "Test"}, {}, {}, {false, true, true}};
  for (std::size_t k = 0; k < info.classes.size(); ++k) {
    classes.rows.push_back(
        {info.classes[k], with_commas(train.per_class[k]), with_commas(test.per_class[k])});
  }
  context.out.write(classes.render(context.out));
  context.out.print("Mosaic, ten of each class: " + mosaic.string());
  return {};
}

Status verify(Context& context, const DataOptions& options) {
  std::vector<std::string> names = {options.name};
  if (options.name.empty()) {
    names.clear();
    for (const auto& entry : datasets::list(context.paths)) {
      if (entry.state != "missing") names.push_back(entry.name);
    }
    if (names.empty()) {
      return infrastructure_error("data", "no data set is in the store", "gradus data get cifar10");
    }
  }
  for (const auto& name : names) GRADUS_CHECK(datasets::verify(context.paths, name, say(context)));
  if (context.json) print_json(context, {{"verified", names}});
  return {};
}

Status get(Context& context, const DataOptions& options) {
  GRADUS_CHECK(datasets::get(context.paths, options.name, say(context), options.from));
  if (context.json) print_json(context, {{"name", options.name}, {"state", "ready"}});
  return {};
}

}  // namespace

void add_data(CLI::App& app, Context& context) {
  auto* data = app.add_subcommand("data", "The data sets: fetch, verify, look at them");
  data->require_subcommand(1);
  auto options = std::make_shared<DataOptions>();

  auto* list_command =
      data->add_subcommand("list", "Which data sets there are, and which are here");
  add_json_flag(*list_command, context);
  list_command->callback([&context] { guarded(context, [&] { return list(context); }); });

  auto* get_command =
      data->add_subcommand("get", "Fetch, check by hash, convert; nothing where it is done");
  get_command->add_option("NAME", options->name, "Data set, e.g. cifar10")->required();
  get_command->add_option("--from", options->from,
                          "An archive on this machine instead of the network");
  add_json_flag(*get_command, context);
  get_command->callback(
      [&context, options] { guarded(context, [&] { return get(context, *options); }); });

  auto* verify_command = data->add_subcommand("verify", "Hash every file against the catalogue");
  verify_command->add_option("NAME", options->name, "Data set; default: all that are here");
  add_json_flag(*verify_command, context);
  verify_command->callback(
      [&context, options] { guarded(context, [&] { return verify(context, *options); }); });

  auto* show_command =
      data->add_subcommand("show", "Statistics, and a mosaic of ten images a class as PNG");
  show_command->add_option("NAME", options->name, "Data set")->required();
  show_command->add_option("--out", options->out, "The mosaic's file; default NAME.png");
  add_json_flag(*show_command, context);
  show_command->callback(
      [&context, options] { guarded(context, [&] { return show(context, *options); }); });
}

}  // namespace gradus::cli
