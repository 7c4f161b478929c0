// gradus-bench --root DIR [--rounds N] [--epochs N] [--device D] [SUITE...]: measures, prints a
// table, writes GRADUS_HOME/bench/SUITE.json and, of trainings beside their peers, SUITE.svg.
// run.sh calls it. Nothing is asserted: a goal is printed beside the figure, and people judge.
// gradus-bench --figure FILE.json... --out FILE.svg: draws what was measured before, measures
// nothing.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <nlohmann/json.hpp>
#include <set>

#include "framework/bench/figure.hpp"
#include "framework/bench/machine.hpp"
#include "framework/bench/suites.hpp"
#include "framework/core/files.hpp"
#include "framework/core/gpu.hpp"
#include "framework/core/terminal.hpp"
#include "framework/core/text.hpp"

namespace gradus::bench {

const std::vector<Suite>& suites() {
  static const std::vector<Suite> all = {
      {"start", "what a command costs before it does anything", measure_start},
      {"sandbox", "a worker's start, confined and not", measure_sandbox},
      {"rebuild", "a plugin after an edit", measure_rebuild},
      {"epoch", "SimpleNN beside PyTorch", measure_epoch, false, true},
      {"sweep", "SimpleNN at many rates beside PyTorch", measure_sweep, true, true},
      {"resnet", "ResNet-20 beside PyTorch", measure_resnet, true, true},
      {"resnet_sweep", "four ResNet-20 beside PyTorch", measure_resnet_sweep, true, true},
      {"target", "ResNet-20 to its accuracy beside PyTorch and the paper's epochs", measure_target,
       true, true}};
  return all;
}

namespace {

std::string utc_now() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
  return text;
}

Json to_json(const Sample& sample) {
  Json json = json_of(sample.values);
  json["label"] = sample.label;
  json["withheld"] = sample.withheld;
  return json;
}

/// Rounds of which the host took more are of the host, not of what was measured.
constexpr double kMuchWithheld = 0.02;

/// "" where a row may be taken as it is.
std::string warning_of(const Row& row) {
  std::vector<double> all = row.ours.withheld;
  if (row.other) all.insert(all.end(), row.other->withheld.begin(), row.other->withheld.end());
  if (all.empty() || summarise(all).max < kMuchWithheld) return "";
  const Summary s = summarise(all);
  char text[128];
  std::snprintf(text, sizeof text,
                "the host withheld %.0f %% (%.0f-%.0f) of the processors' time meanwhile",
                100 * s.median, 100 * s.min, 100 * s.max);
  return text;
}

Json to_json(const Row& row) {
  Json json = {{"name", row.name},
               {"unit", row.unit},
               {"ours", to_json(row.ours)},
               {"goal", row.goal},
               {"note", row.note}};
  if (!row.peer.empty()) {
    json["work"] = row.work;
    json["peer"] = row.peer;
    json["goal_ratio"] = row.goal_ratio;
  }
  if (row.other) {
    json["other"] = to_json(*row.other);
    json[row.compare] = json_of(row.compared());
  }
  return json;
}

std::vector<std::string> cells(const Row& row) {
  std::string other = "-", compared = "-";
  if (row.other) {
    other = with_range(row.other->values);
    compared = with_range(row.compared()) + (row.compare == "ratio" ? " x" : " more");
  }
  return {row.name, row.unit, with_range(row.ours.values), other, compared, row.goal};
}

/// The names of its files: what a GPU did must not replace what the CPU did.
std::string file_name(const Suite& suite, const Setup& setup) {
  return std::string(suite.name) + (setup.device == "cpu" ? "" : "-" + setup.device);
}

Status run_suite(const Suite& suite, const Setup& setup, const Json& machine) {
  setup.say(std::string(suite.name) + ": " + suite.title);
  GRADUS_TRY(const std::vector<Row> rows, suite.measure(setup));
  Table table;
  table.header = {"Measured", "Unit", "Ours: median (min-max)", "Beside it", "In pairs", "Goal"};
  table.right = {false, false, true, true, true, false};
  Json json = {{"schema", "gradus.bench/1"}, {"suite", suite.name}, {"device", setup.device},
               {"ended", utc_now()},         {"machine", machine},  {"rows", Json::array()}};
  for (const Row& row : rows) {
    table.rows.push_back(cells(row));
    json["rows"].push_back(to_json(row));
  }
  std::printf("%s", table.render(Terminal(stdout)).c_str());
  std::set<std::size_t> counts;
  for (const Row& row : rows) counts.insert(row.ours.values.size());
  for (const std::size_t count : counts) {
    if (count > 1) std::printf("  %s\n", worth_of(count).c_str());
  }
  for (const Row& row : rows) {
    for (const std::string& note : {row.note, warning_of(row)}) {
      if (!note.empty()) std::printf("  %s: %s\n", row.name.c_str(), note.c_str());
    }
  }
  std::fflush(stdout);
  const fs::path folder = setup.paths.home / "bench";
  GRADUS_CHECK(make_folder(folder));
  GRADUS_CHECK(
      write_file_atomically(folder / (file_name(suite, setup) + ".json"), json.dump(2) + "\n"));
  const bool beside_peers = std::any_of(
      rows.begin(), rows.end(), [](const Row& row) { return row.other && !row.peer.empty(); });
  if (!beside_peers) return {};
  const fs::path figure = folder / (file_name(suite, setup) + ".svg");
  GRADUS_TRY(const Comparison comparison, comparison_of({json}, {suite.name}));
  if (const Status drawn = write_figure(comparison, figure, setup.drawing); !drawn.ok()) {
    // What was measured is kept; the drawing can be made at any time.
    setup.say("no figure: " + drawn.error().text());
  }
  return {};
}

Status draw(const std::vector<std::string>& files, const std::string& out, sandbox::Mode mode) {
  GRADUS_TRY(const Comparison comparison,
             read_comparison(std::vector<fs::path>(files.begin(), files.end())));
  return write_figure(comparison, out, mode);
}

Status measure_all(Setup setup, const std::vector<std::string>& names) {
  GRADUS_TRY(setup.paths, find_paths());
  GRADUS_TRY(setup.toolchain, read_toolchain(setup.paths));
  setup.python = setup.paths.home / "bench-env" / "bin" / "python";
  setup.say = [](const std::string& line) { std::fprintf(stderr, "%s\n", line.c_str()); };
  if (setup.device == "cuda") GRADUS_CHECK(gpu_usable(setup.paths, this_machine_gpus()));
  GRADUS_CHECK(make_folder(setup.paths.scratch()));
  GRADUS_TRY(setup.scratch, make_temporary_folder(setup.paths.scratch(), "bench"));
  const FolderGuard guard(setup.scratch);
  Json machine = describe_machine(setup.toolchain);
  if (setup.device == "cuda") machine["gpu"] = this_machine_gpus().gpus.front().name;
  std::printf("%s\n", machine.dump(2).c_str());
  for (const Suite& suite : suites()) {
    const bool named = std::find(names.begin(), names.end(), suite.name) != names.end();
    if (!named && (!names.empty() || suite.by_name_only)) continue;
    if (!named && setup.device != "cpu" && !suite.trains) continue;
    GRADUS_CHECK(run_suite(suite, setup, machine));
  }
  std::printf("JSON: %s\n", (setup.paths.home / "bench").c_str());
  return {};
}

}  // namespace
}  // namespace gradus::bench

int main(int argc, char** argv) {
  using namespace gradus;
  CLI::App app("Measures; asserts nothing.", "gradus-bench");
  bench::Setup setup;
  std::vector<std::string> names, known;
  for (const auto& suite : bench::suites()) known.emplace_back(suite.name);
  std::string root, out, mode = "full";
  std::vector<std::string> figure;
  auto* root_option = app.add_option("--root", root, "The checkout")->check(CLI::ExistingDirectory);
  auto* figure_option = app.add_option("--figure", figure, "Draw these JSON files, measure nothing")
                            ->check(CLI::ExistingFile);
  app.add_option("--out", out, "The figure's SVG file")->needs(figure_option);
  app.add_option("--sandbox", mode, "Of the drawing: full, reduced or off")
      ->check(CLI::IsMember({"full", "reduced", "off"}));
  app.add_option("--rounds", setup.rounds, "Rounds (default: what a suite thinks enough)")
      ->check(CLI::Range(1, 1000));
  app.add_option("--epochs", setup.epochs, "Epochs a training run")->check(CLI::Range(1, 200));
  app.add_option("--device", setup.device, "Of trainings and their peers: cpu or cuda")
      ->check(CLI::IsMember({"cpu", "cuda"}));
  app.add_flag("!--no-peer", setup.peers, "Measure our side alone");
  app.add_option("SUITE", names, "Default: all that do not take long")->check(CLI::IsMember(known));
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& problem) {
    return app.exit(problem) == 0 ? 0 : 2;
  }
  if (figure.empty() == root_option->empty() || figure.empty() != out.empty()) {
    std::fprintf(stderr,
                 "gradus-bench: wanted --root DIR to measure, or --figure FILE.json... "
                 "with --out FILE.svg to draw\n");
    return 2;
  }
  setup.root = root;
  setup.drawing = *sandbox::mode_from_string(mode);
  const Status status =
      figure.empty() ? bench::measure_all(setup, names) : bench::draw(figure, out, setup.drawing);
  if (status.ok()) return 0;
  std::fprintf(stderr, "%s\n", printable(status.error().text(), true).c_str());
  return exit_code(status.error().fault);
}
