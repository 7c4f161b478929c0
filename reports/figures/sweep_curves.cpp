// Validation accuracy over the epochs, one curve an arm.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "framework/core/text.hpp"
#include "reports/figures/csv.hpp"
#include "reports/figures/figure.hpp"
#include "reports/figures/gnuplot.hpp"
#include "reports/figures/series.hpp"

namespace gradus::reports {
namespace {

std::string table(const TaskView& task) {
  Csv csv({"arm", "trial", "epoch", "lr", "train_loss_claimed", "train_accuracy_claimed",
           "val_loss_recomputed", "val_accuracy_recomputed"});
  for (const RunView& run : task.runs) {
    if (!run.folder) continue;
    for (const EpochRecord& e : run.folder->evidence.epochs) {
      csv.text(run.label).value(static_cast<double>(run.run->trial + 1));
      csv.value(static_cast<double>(e.epoch)).value(e.lr).value(e.train_loss);
      csv.value(e.train_accuracy).value(e.val_loss).value(e.val_accuracy);
      csv.end_row();
    }
  }
  return csv.take();
}

}  // namespace

std::optional<Figure> sweep_curves_figure(const TaskView& task) {
  if (!task.sweep()) return std::nullopt;
  std::string s;
  std::vector<std::string> plots;
  std::int64_t epochs = 1;
  double top = 20;
  bool diverged = false;
  for (std::size_t i = 0; i < task.runs.size(); ++i) {
    const RunView& run = task.runs[i];
    if (!run.folder) continue;
    const Evidence& evidence = run.folder->evidence;
    const auto rows = series(evidence, &EpochRecord::val_accuracy, 100);
    if (rows.empty()) continue;
    epochs = std::max(epochs, last_epoch(evidence));
    for (const auto& row : rows) top = std::max(top, std::ceil((row[1] + 1) / 10) * 10);
    s += gnuplot::datablock(fmt::format("arm{}", i), rows);
    const std::string look = gnuplot::arm_line(i);
    std::string title = run.short_label;
    if (run.diverged()) {
      title += " (diverged)";
      diverged = true;
      s += gnuplot::datablock(fmt::format("end{}", i), {rows.back()});
    }
    // A mark every eighth of the run tells the arms apart without colour.
    plots.push_back(fmt::format("$arm{} using 1:2 with linespoints {} ps 0.5 pi {} lw 1.4 title {}", i,
                                look, std::max<std::size_t>(rows.size() / 8, 1),
                                gnuplot::quote(title)));
    if (run.diverged()) {
      plots.push_back(
          fmt::format("$end{} using 1:2 with points pt 2 ps 1.0 lw 1.6 lc rgb '#000000' notitle", i));
    }
  }
  if (plots.empty()) return std::nullopt;

  Figure figure;
  figure.height = 300;
  figure.title = "Validation accuracy over the epochs";
  figure.caption = fmt::format(
      "One curve for each {}. Look at how fast a curve rises and where it levels off: too small "
      "a step is slow, too large a one is restless or never learns.{}",
      key_title(task.key), diverged ? " A cross ends the curve of an arm that diverged." : "");
  if (task.key != "optimizer.lr") {
    figure.caption = fmt::format("One curve for each {}.{}", key_title(task.key),
                                 diverged ? " A cross ends the curve of an arm that diverged." : "");
  }
  s += "set lmargin at screen 0.075\nset rmargin at screen 0.82\n";
  s += "set tmargin at screen 0.97\nset bmargin at screen 0.14\n";
  s += fmt::format("set xrange [0:{}]\nset yrange [0:{}]\n", epochs, gnuplot::num(top));
  s += "set xlabel 'epoch' offset 0,0.5\nset ylabel 'validation accuracy in %' offset 1.6,0\n";
  s += "set key on at screen 0.835,0.97 left top Left reverse vertical width 0 samplen 2.2 spacing 1.2 textcolor rgb '#222222' title " +
       gnuplot::quote(key_title(task.key)) + " left\n";
  figure.script = s + "plot " + join(plots, ", ") + "\n";
  figure.csv = table(task);
  return figure;
}

}  // namespace gradus::reports
