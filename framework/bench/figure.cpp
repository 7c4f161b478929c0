#include "framework/bench/figure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "framework/bench/measure.hpp"
#include "framework/core/files.hpp"
#include "framework/core/text.hpp"
#include "reports/figures/draw.hpp"
#include "reports/figures/gnuplot.hpp"
#include "reports/figures/legend.hpp"
#include "reports/figures/svg.hpp"

namespace gradus::bench {
namespace {

constexpr int kWidth = 720, kRowHeight = 26, kHead = 46, kFoot = 50, kLineHeight = 14;
constexpr std::size_t kMostRows = 64;
constexpr double kMostRatio = 1e6;

Error bad(const std::string& where, const std::string& what) {
  return user_error(where, what,
                    "Give a file that './gradus bench epoch' or another training "
                    "suite wrote: GRADUS_HOME/bench/SUITE.json.");
}

std::string text_of(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string()
             ? printable(found->get<std::string>(), false, 200)
             : "";
}

/// "Some CPU, 2 cores, 7.8 GiB, avx2 avx512f, Debian 12, LibTorch 2.11.0".
std::string machine_text(const Json& machine) {
  std::vector<std::string> parts;
  const auto add = [&](const std::string& text) {
    if (!text.empty()) parts.push_back(text);
  };
  add(text_of(machine, "cpu"));
  if (machine.contains("cores") && machine["cores"].is_number_integer()) {
    const auto cores = machine["cores"].get<std::int64_t>();
    add(std::to_string(cores) + (cores == 1 ? " core" : " cores"));
  }
  if (const double kib = std::atof(text_of(machine, "memory").c_str()); kib > 0) {
    add(fmt::format("{:.1f} GiB", kib / (1 << 20)));
  }
  std::vector<std::string> features;
  if (machine.contains("features") && machine["features"].is_array()) {
    for (const Json& one : machine["features"])
      if (one.is_string()) features.push_back(printable(one.get<std::string>(), false, 40));
  }
  add(join(features, " "));
  add(text_of(machine, "os"));
  if (const std::string torch = text_of(machine, "libtorch"); !torch.empty())
    add("LibTorch " + torch);
  return join(parts, ", ");
}

Result<Compared> read_row(const Json& row, const std::string& where) {
  Compared compared;
  const std::string name = text_of(row, "name");
  compared.work = text_of(row, "work");
  const std::string peer = text_of(row, "peer");
  if (compared.work.empty() || (peer != "eager" && peer != "tuned")) {
    return bad(where, "row '" + name + "' compares with '" + peer +
                          "', wanted a 'work' and a 'peer' that is 'eager' or 'tuned'");
  }
  compared.tuned = peer == "tuned";
  const auto ratio = row.find("ratio");
  const bool there = ratio != row.end() && ratio->is_object() && ratio->contains("values") &&
                     (*ratio)["values"].is_array() && !(*ratio)["values"].empty();
  if (!there) return bad(where, "row '" + name + "' has no values under 'ratio'");
  for (const Json& value : (*ratio)["values"]) {
    const double number = value.is_number() ? value.get<double>() : std::nan("");
    if (!(number > 0 && number < kMostRatio)) {
      return bad(where, "row '" + name + "' has the ratio " + printable(value.dump(), false, 40) +
                            ", wanted a number above 0");
    }
    compared.ratios.push_back(number);
  }
  const auto goal = row.find("goal_ratio");
  if (goal != row.end() && goal->is_number()) compared.goal = goal->get<double>();
  if (!(compared.goal >= 0 && compared.goal < kMostRatio)) compared.goal = 0;
  return compared;
}

/// What stands below the drawing, cut where a line is full.
std::vector<std::string> lines_of(const std::string& text) {
  constexpr std::size_t kLongest = 130;
  std::vector<std::string> lines(1);
  for (const std::string& word : split(text, ' ')) {
    if (!lines.back().empty() && lines.back().size() + 1 + word.size() > kLongest)
      lines.emplace_back();
    lines.back() += (lines.back().empty() ? "" : " ") + word;
  }
  return lines;
}

/// As gnuplot::quote(), which cuts longer texts: `text` is printable.
std::string long_quote(std::string text) {
  for (std::size_t at = 0; (at = text.find('\'', at)) != std::string::npos;)
    text.replace(at, 1, "’");
  return "'" + text + "'";
}

/// A row's place on the vertical axis: kinds of work from the top, a gap between them.
std::vector<double> places_of(const Comparison& comparison) {
  std::vector<double> places;
  double y = 0;
  for (std::size_t i = 0; i < comparison.rows.size(); ++i) {
    if (i > 0) y -= comparison.rows[i].work == comparison.rows[i - 1].work ? 1 : 1.5;
    places.push_back(y);
  }
  return places;
}

int height_of(const Comparison& comparison) {
  const std::vector<double> places = places_of(comparison);
  return kHead + kFoot + static_cast<int>((1.6 - places.back()) * kRowHeight) +
         kLineHeight * static_cast<int>(lines_of(comparison.machine).size());
}

}  // namespace

Result<Comparison> comparison_of(const std::vector<Json>& documents,
                                 const std::vector<std::string>& names) {
  Comparison comparison;
  for (std::size_t i = 0; i < documents.size(); ++i) {
    const Json& json = documents[i];
    if (!json.is_object() || text_of(json, "schema") != "gradus.bench/1") {
      return bad(names[i], "found the schema '" +
                               (json.is_object() ? text_of(json, "schema") : "") +
                               "', wanted 'gradus.bench/1'");
    }
    if (!json.contains("rows") || !json["rows"].is_array()) return bad(names[i], "has no 'rows'");
    const std::string machine = machine_text(
        json.contains("machine") && json["machine"].is_object() ? json["machine"] : Json::object());
    if (machine.empty()) return bad(names[i], "names no machine, so its figures mean nothing");
    if (i > 0 && machine != comparison.machine) {
      return bad(names[i], "comes from another machine (" + machine + ") than " + names[0] + " (" +
                               comparison.machine + "); a figure shows one machine");
    }
    comparison.machine = machine;
    for (const Json& row : json["rows"]) {
      if (!row.is_object()) return bad(names[i], "has a row that is no object");
      if (!row.contains("other")) continue;  // measured without a peer
      GRADUS_TRY(Compared compared, read_row(row, names[i]));
      comparison.rows.push_back(std::move(compared));
    }
  }
  if (comparison.rows.empty()) {
    return user_error(names.empty() ? "figure" : join(names, ", "),
                      "has no row with a peer, wanted at least one",
                      "Measure with the peer: './gradus bench peer epoch'.");
  }
  if (comparison.rows.size() > kMostRows) {
    return bad(names[0], std::to_string(comparison.rows.size()) + " rows are too many");
  }
  return comparison;
}

Result<Comparison> read_comparison(const std::vector<std::filesystem::path>& files) {
  std::vector<Json> documents;
  std::vector<std::string> names;
  for (const auto& file : files) {
    GRADUS_TRY(const std::string text, read_file(file, 1 << 24));
    documents.push_back(Json::parse(text, nullptr, false));
    names.push_back(file.string());
    if (documents.back().is_discarded()) return bad(names.back(), "is not JSON");
  }
  return comparison_of(documents, names);
}

std::string figure_script(const Comparison& comparison, int width, int height) {
  using namespace reports::gnuplot;
  const std::vector<double> places = places_of(comparison);
  std::vector<std::vector<double>> bars[2], dots, goals;
  std::vector<std::pair<std::string, double>> labels;
  double largest = 1;
  std::string script;
  for (std::size_t i = 0; i < comparison.rows.size(); ++i) {
    const Compared& row = comparison.rows[i];
    const Summary s = summarise(row.ratios);
    const double y = places[i];
    bars[row.tuned ? 1 : 0].push_back({s.median, y, s.min, s.max});
    for (const double ratio : row.ratios) dots.push_back({ratio, y});
    if (row.goal > 0) goals.push_back({row.goal, y});
    largest = std::max({largest, s.max, row.goal});
    // Named beside its first bar; more bars of one kind of work share the name.
    const bool first = i == 0 || comparison.rows[i - 1].work != row.work;
    const bool shared = i + 1 < comparison.rows.size() && comparison.rows[i + 1].work == row.work;
    if (first) labels.emplace_back(row.work, shared ? y - 0.5 : y);
    script += fmt::format("set label {} at {},{} left offset 0.9,0 front textcolor rgb '#222222'\n",
                          quote(fmt::format("{:.2f} ×", s.median)), num(std::max(s.max, row.goal)),
                          num(y));
  }
  script += datablock("eager", bars[0]) + datablock("tuned", bars[1]) + datablock("dots", dots) +
            datablock("goals", goals);
  const double right = largest * 1.14;
  const std::vector<std::string> lines = lines_of(comparison.machine);
  const double foot = kFoot + kLineHeight * static_cast<double>(lines.size());
  script += fmt::format(
      "set lmargin at screen {}\nset rmargin at screen {}\n"
      "set tmargin at screen {}\nset bmargin at screen {}\n",
      num(150.0 / width), num(1 - 14.0 / width), num(1 - double(kHead) / height),
      num(foot / height));
  script +=
      "set label 'How many times faster than PyTorch on the same machine' at screen "
      "0.5,screen " +
      num(1 - 14.0 / height) + " center textcolor rgb '#222222'\n";
  script += legend(
      {{"eager (P1)", std::string("lc rgb '") + kVermillion + "' lw 8", ""},
       {"tuned (P2)", std::string("lc rgb '") + kBlue + "' lw 8", ""},
       {"rounds, smallest to largest", "lc rgb '#222222' lw 1", "pt 7 ps 0.45 lc rgb '#222222'"},
       {"goal", "lc rgb '#000000' lw 2.6", ""}},
      width, height, height - 32);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const double y = foot - 52 - kLineHeight * static_cast<double>(i);
    script += fmt::format("set label {} at screen {},screen {} left textcolor rgb '#555555'\n",
                          long_quote(lines[i]), num(14.0 / width), num(y / height));
  }
  script +=
      fmt::format("set xrange [0:{}]\nset yrange [{}:0.8]\n", num(right), num(places.back() - 0.8));
  script +=
      "unset grid\nset grid xtics back lt 1 lc rgb '#E2E2E2' lw 0.7 dt solid\n"
      "set ytics scale 0 " +
      tics(labels) + "\n";
  script +=
      "set xlabel 'peer’s time / ours (bars: medians of paired rounds)' offset 0,0.4 "
      "textcolor rgb '#333333'\n";
  script += fmt::format(
      "set arrow from 1,graph 0 to 1,graph 1 nohead back lc rgb '{}' lw 0.8 dt (4,4)\n", kQuiet);
  std::vector<std::string> plots;
  const auto bar = [&](const char* name, const char* colour) {
    plots.push_back(
        fmt::format("${0} using ($1/2):2:($1/2):(0.36) with boxxyerror fs solid 1 "
                    "noborder lc rgb '{1}'",
                    name, colour));
    plots.push_back(
        fmt::format("${} using 3:2:($4-$3):(0) with vectors heads size screen 0.004,90 fixed lc "
                    "rgb '#222222' lw 1",
                    name));
  };
  if (!bars[0].empty()) bar("eager", kVermillion);
  if (!bars[1].empty()) bar("tuned", kBlue);
  plots.emplace_back("$dots using 1:2 with points pt 7 ps 0.45 lc rgb '#222222'");
  if (!goals.empty()) {
    plots.emplace_back(
        "$goals using 1:($2-0.46):(0):(0.92) with vectors nohead lc rgb '#000000' lw 2.6");
  }
  return script + "plot " + join(plots, ", ") + "\nunset label\nunset arrow\n";
}

Status write_figure(const Comparison& comparison, const std::filesystem::path& file,
                    sandbox::Mode mode) {
  reports::Figure figure;
  figure.name = "bench";
  figure.title = "How many times faster than PyTorch, on " + comparison.machine;
  figure.width = kWidth;
  figure.height = height_of(comparison);
  figure.script = figure_script(comparison, figure.width, figure.height);
  GRADUS_CHECK(reports::draw_all({&figure}, mode));
  return write_file_atomically(file, reports::svg_file(figure.svg));
}

}  // namespace gradus::bench
