// Train and validation accuracy of every arm in small panels of one scale: the gap between the two
// lines can be compared at a glance.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "framework/core/text.hpp"
#include "reports/figures/csv.hpp"
#include "reports/figures/figure.hpp"
#include "reports/figures/gnuplot.hpp"
#include "reports/figures/legend.hpp"
#include "reports/figures/series.hpp"
#include "reports/model/arm_view.hpp"

namespace gradus::reports {
namespace {

constexpr int kPanelHeight = 120, kFoot = 26;

std::size_t columns_for(std::size_t panels) { return panels <= 4 ? panels : panels <= 6 ? 3 : 4; }

struct Place {
  double left, right, top, bottom;
};

Place place(std::size_t index, std::size_t columns, std::size_t rows, double height) {
  const double w = 1.0 / static_cast<double>(columns);
  const auto column = static_cast<double>(index % columns);
  const auto row = static_cast<double>(index / columns);
  const double panel = (height - kFoot) / height / static_cast<double>(rows);
  Place p{};
  p.left = column * w + 0.045;
  p.right = (column + 1) * w - 0.008;
  p.top = 1.0 - row * panel - 17 / height;
  p.bottom = 1.0 - (row + 1) * panel + 20 / height;
  return p;
}

std::string ending_of(const ArmView& arm) {
  if (arm.diverged() == arm.runs.size()) return " – diverged";
  return arm.stopped() ? " – stopped" : "";
}

using Rows = std::vector<std::vector<double>>;

void add_rows(Csv& csv, const ArmView& arm, const Rows& train, const Rows& val) {
  std::map<double, std::pair<std::optional<double>, std::optional<double>>> at;
  for (const auto& row : train) at[row[0]].first = row[1];
  for (const auto& row : val) at[row[0]].second = row[1];
  for (const auto& [epoch, figures] : at) {
    csv.text(arm.label).value(arm.number).value(epoch).value(figures.first).value(figures.second);
    csv.end_row();
  }
}

}  // namespace

std::optional<Figure> arms_figure(const TaskView& task) {
  if (!task.sweep()) return std::nullopt;
  std::vector<ArmView> shown;
  for (const ArmView& arm : arms_of(task)) {
    const auto drawn = [](const RunView* one) { return one->has_curve(); };
    if (std::any_of(arm.runs.begin(), arm.runs.end(), drawn)) shown.push_back(arm);
  }
  if (shown.empty() || shown.size() > 32) return std::nullopt;

  const std::size_t columns = columns_for(shown.size());
  const std::size_t rows = (shown.size() + columns - 1) / columns;
  Figure figure;
  figure.height = static_cast<int>(rows) * kPanelHeight + kFoot;
  figure.title = "Train and validation accuracy of each arm";
  figure.caption =
      "Accuracy in % over the epochs, one panel an arm, all with one vertical scale. The wider the "
      "two "
      "lines part, the more the arm overfits.";
  if (task.several_trials()) figure.caption += " Lines are means over the trials.";
  std::string s = "set multiplot\nset yrange [0:100]\nset ytics 0,50,100\n";
  s += gnuplot::legend({gnuplot::train_entry(), gnuplot::val_entry()}, figure.width, figure.height,
                       10);
  Csv csv({"arm", "arm_number", "epoch", "train_percent_claimed", "val_percent_recomputed"});
  for (std::size_t i = 0; i < shown.size(); ++i) {
    const ArmView& arm = shown[i];
    const Place p = place(i, columns, rows, figure.height);
    const auto train = arm.curve(&EpochRecord::train_accuracy, 100);
    const auto val = arm.curve(&EpochRecord::val_accuracy, 100);
    s += gnuplot::datablock("train", train) + gnuplot::datablock("val", val);
    s += fmt::format(
        "set lmargin at screen {}\nset rmargin at screen {}\nset tmargin at screen {}\n"
        "set bmargin at screen {}\n",
        gnuplot::num(p.left), gnuplot::num(p.right), gnuplot::num(p.top), gnuplot::num(p.bottom));
    double epochs = 1;
    for (const auto* curve : {&train, &val}) {
      if (!curve->empty()) epochs = std::max(epochs, curve->back()[0]);
    }
    s += fmt::format("set xrange [0:{0}]\nset xtics 0,{0},{0} offset 0,0.35\n", epochs);
    s += "set title " + gnuplot::quote(arm.short_label + ending_of(arm)) +
         " offset 0,-0.75 textcolor rgb '#222222'\n";
    std::vector<std::string> plots;
    if (!train.empty()) plots.push_back("$train using 1:2 with " + line_style(train.size(), 1));
    if (!val.empty()) plots.push_back("$val using 1:2 with " + line_style(val.size(), 2));
    if (plots.empty()) plots.push_back("NaN");
    s += "plot " + join(plots, ", ") + "\nunset label\nunset arrow\n";
    add_rows(csv, arm, train, val);
  }
  figure.script = s + "unset multiplot\n";
  figure.set_table(std::move(csv));
  return figure;
}

}  // namespace gradus::reports
