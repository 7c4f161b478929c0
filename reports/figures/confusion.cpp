// Confusion matrix of the best weights on the validation split: a heat map of rows in per cent with
// the counts printed.
#include <fmt/format.h>

#include <algorithm>

#include "framework/core/text.hpp"
#include "reports/figures/csv.hpp"
#include "reports/figures/figure.hpp"
#include "reports/figures/gnuplot.hpp"

namespace gradus::reports {
namespace {

constexpr std::size_t kMaxClasses = 20;  // beyond this no count is readable

/// best_val, else final_val of the task's main run; null where there is none.
const SplitScore* score_of(const TaskView& task) {
  const RunView* run = task.main_run();
  if (!run || !run->folder) return nullptr;
  for (const char* name : {"best_val", "final_val"}) {
    const auto score = run->folder->evidence.scores.find(name);
    if (score != run->folder->evidence.scores.end()) return &score->second;
  }
  return nullptr;
}

}  // namespace

std::optional<Figure> confusion_figure(const TaskView& task) {
  const SplitScore* score = score_of(task);
  if (!score || score->confusion.empty()) return std::nullopt;
  const auto& counts = score->confusion;
  const std::size_t k = counts.size();
  const bool square =
      std::all_of(counts.begin(), counts.end(), [&](const auto& row) { return row.size() == k; });
  if (!square || k < 2 || k > kMaxClasses) return std::nullopt;

  std::vector<std::vector<double>> shares, dark, light;
  std::vector<std::pair<std::string, double>> names;
  std::vector<std::string> header = {"truth"};
  std::int64_t worst = 0;
  std::size_t worst_row = 0, worst_column = 0;
  for (std::size_t row = 0; row < k; ++row) {
    const std::string name = task.data->class_name(static_cast<std::int64_t>(row));
    names.emplace_back(clipped(name, 14), static_cast<double>(row));
    header.push_back("predicted " + name);
  }
  Csv csv(header);
  for (std::size_t row = 0; row < k; ++row) {
    std::int64_t total = 0;
    for (const std::int64_t n : counts[row]) total += n;
    csv.text(names[row].first);
    for (std::size_t column = 0; column < k; ++column) {
      const std::int64_t n = counts[row][column];
      const double share =
          total > 0 ? 100.0 * static_cast<double>(n) / static_cast<double>(total) : 0;
      const auto x = static_cast<double>(column), y = static_cast<double>(row);
      shares.push_back({x, y, share});
      if (n > 0) (share > 45 ? light : dark).push_back({x, y, static_cast<double>(n)});
      csv.value(static_cast<double>(n));
      if (row != column && n > worst) {
        worst = n;
        worst_row = row;
        worst_column = column;
      }
    }
    csv.end_row();
  }

  Figure figure;
  figure.width = 400;
  figure.height = 370;
  figure.title = "Confusion matrix, validation";
  const std::string arm = task.sweep() ? fmt::format(" Arm: {}.", task.main_run()->label) : "";
  figure.caption = fmt::format(
      "Rows are the truth, columns the answer of the best weights; numbers are pictures, shade is "
      "the "
      "share of a row. Look for dark cells off the diagonal: classes taken for each other.{}",
      arm);
  if (worst > 0) {
    figure.caption += fmt::format(" Most often mistaken: {} for {} ({} times).",
                                  names[worst_row].first, names[worst_column].first, worst);
  }
  std::string s = gnuplot::datablock("share", shares);
  s += "set lmargin at screen 0.205\nset rmargin at screen 0.99\n";
  s += "set tmargin at screen 0.985\nset bmargin at screen 0.225\n";
  const double edge = static_cast<double>(k) - 0.5;
  s += fmt::format("set xrange [-0.5:{0}]\nset yrange [{0}:-0.5]\n", edge);
  s += "unset grid\nset border 15\nset tics scale 0\nunset key\nunset colorbox\n";
  s += "set xtics " + gnuplot::tics(names) + " rotate by 90 right offset 0,0\n";
  s += "set ytics " + gnuplot::tics(names) + "\n";
  s += "set label 'answer' at screen 0.6,screen 0.022 center textcolor rgb '#222222'\nset label "
       "'truth' at screen 0.018,screen 0.6 center rotate by 90 textcolor rgb '#222222'\n";
  s += "set cbrange [0:100]\nset palette defined (0 '#FFFFFF', 8 '#DCEBF5', 35 '#7FB5D9', "
       "70 '#0072B2', 100 '#003E66')\n";
  std::vector<std::string> plots = {"$share using 1:2:3 with image pixels"};
  const std::string size = k <= 12 ? "8.8" : "6";
  if (!dark.empty()) {
    s += gnuplot::datablock("dark", dark);
    plots.push_back(
        "$dark using 1:2:(sprintf('%d', $3)) with labels textcolor rgb '#222222' font '," + size +
        "'");
  }
  if (!light.empty()) {
    s += gnuplot::datablock("light", light);
    plots.push_back(
        "$light using 1:2:(sprintf('%d', $3)) with labels textcolor rgb '#FFFFFF' font '," + size +
        "'");
  }
  figure.script = s + "plot " + join(plots, ", ") + "\n";
  figure.set_table(std::move(csv));
  return figure;
}

}  // namespace gradus::reports
