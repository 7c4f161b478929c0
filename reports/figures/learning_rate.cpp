// The learning rate over the epochs, one line an arm, where a schedule changes it.
#include <fmt/format.h>

#include <algorithm>

#include "framework/core/text.hpp"
#include "reports/figures/csv.hpp"
#include "reports/figures/figure.hpp"
#include "reports/figures/gnuplot.hpp"
#include "reports/figures/legend.hpp"
#include "reports/figures/series.hpp"
#include "reports/model/arm_view.hpp"

namespace gradus::reports {
namespace {

bool changes(const std::vector<std::vector<double>>& rows) {
  return std::any_of(rows.begin(), rows.end(),
                     [&](const auto& row) { return row[1] != rows.front()[1]; });
}

}  // namespace

std::optional<Figure> learning_rate_figure(const TaskView& task) {
  const std::vector<ArmView> arms = arms_of(task);
  if (arms.size() > 32 || std::none_of(arms.begin(), arms.end(), [](const ArmView& arm) {
        return changes(arm.curve(&EpochRecord::lr, 1));
      })) {
    return std::nullopt;
  }
  std::string s;
  std::vector<std::string> plots;
  std::vector<gnuplot::LegendEntry> entries;
  double low = 1e300, high = 0, last = 1;
  Csv csv({"arm", "arm_number", "epoch", "lr_claimed"});
  for (const ArmView& arm : arms) {
    const auto rows = arm.curve(&EpochRecord::lr, 1);
    if (rows.empty()) continue;
    for (const auto& row : rows) {
      low = row[1] > 0 ? std::min(low, row[1]) : low;
      high = std::max(high, row[1]);
      last = std::max(last, row[0]);
      csv.text(arm.label).value(arm.number).value(row[0]).value(row[1]);
      csv.end_row();
    }
    s += gnuplot::datablock(fmt::format("arm{}", arm.number), rows);
    entries.push_back({arm.short_label, gnuplot::arm_line(arm.number, false) + " lw 1.6", ""});
    plots.push_back(fmt::format("$arm{} using 1:2 with steps {} lw 1.6 title {}", arm.number,
                                task.sweep() ? gnuplot::arm_line(arm.number)
                                             : "lc rgb '" + std::string(gnuplot::kBlue) + "'",
                                gnuplot::quote(arm.short_label)));
  }
  const bool logarithmic = low > 0 && high / low >= 8;

  Figure figure;
  figure.height = 170;
  figure.title = "Learning rate over the epochs";
  figure.caption = fmt::format(
      "As the trainer logged it, epoch by epoch (claimed){}. Compare the places of its steps with "
      "those of the accuracy curves: accuracy often rises where the rate falls.",
      logarithmic ? ", on a logarithmic axis" : "");
  s += "set tmargin at screen 0.95\n" + gnuplot::arms_legend(figure, task, entries, 0.1, 39.95);
  s += fmt::format("set xrange [0:{}]\n", gnuplot::num(last)) +
       gnuplot::epoch_tics(static_cast<std::int64_t>(last), 10);
  s += logarithmic ? fmt::format("set logscale y\nset yrange [{}:{}]\nset format y '%g'\n",
                                 gnuplot::num(low / 1.3), gnuplot::num(high * 1.3))
                   : fmt::format("set yrange [0:{}]\n", gnuplot::num(high * 1.12));
  s += "set xlabel 'epoch' offset 0,0.6\nset ylabel 'learning rate' offset 0.6,0\n";
  figure.script = s + "plot " + join(plots, ", ") + "\n";
  figure.set_table(std::move(csv));
  return figure;
}

}  // namespace gradus::reports
