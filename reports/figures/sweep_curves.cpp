// Validation accuracy over the epochs, one curve an arm: the mean over its trials.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "framework/core/text.hpp"
#include "reports/figures/csv.hpp"
#include "reports/figures/figure.hpp"
#include "reports/figures/gnuplot.hpp"
#include "reports/figures/legend.hpp"
#include "reports/figures/series.hpp"
#include "reports/model/arm_view.hpp"

namespace gradus::reports {
namespace {

Csv table(const std::vector<ArmView>& arms) {
  Csv csv({"arm", "arm_number", "trial", "epoch", "lr_claimed", "train_loss_claimed",
           "train_accuracy_claimed", "val_loss_recomputed", "val_accuracy_recomputed"});
  for (const ArmView& arm : arms) {
    for (const RunView* run : arm.runs) {
      if (!run->folder) continue;
      for (const EpochRecord& e : run->folder->evidence.epochs) {
        csv.text(arm.label).value(arm.number).value(static_cast<double>(run->run->trial + 1));
        csv.value(static_cast<double>(e.epoch)).value(e.lr).value(e.train_loss);
        csv.value(e.train_accuracy).value(e.val_loss).value(e.val_accuracy);
        csv.end_row();
      }
    }
  }
  return csv;
}

std::string caption(const TaskView& task, bool diverged, bool stopped) {
  std::string text =
      task.several_trials()
          ? fmt::format("One curve for each {}: the mean over its trials. ", task.arms_title())
          : fmt::format("One curve for each {}. ", task.arms_title());
  text +=
      task.key == "optimizer.lr"
          ? "Look at how fast a curve rises and where it levels off: too small a step is slow, too "
            "large a one is restless or never learns."
          : "Look at where the curves level off. Two arms differ only where they lie further apart "
            "than either wobbles from epoch to epoch.";
  return text + (diverged ? " A cross ends the curve of an arm that diverged." : "") +
         (stopped ? " A square ends the curve of an arm that was stopped early." : "");
}

}  // namespace

std::optional<Figure> sweep_curves_figure(const TaskView& task) {
  if (!task.sweep()) return std::nullopt;
  const std::vector<ArmView> arms = arms_of(task);
  std::string s;
  std::vector<std::string> plots;
  std::vector<gnuplot::LegendEntry> entries;
  double epochs = 1, top = 20;
  bool diverged = false, stopped = false;
  for (const ArmView& arm : arms) {
    const auto rows = arm.curve(&EpochRecord::val_accuracy, 100);
    if (rows.empty()) continue;
    epochs = std::max(epochs, rows.back()[0]);
    for (const auto& row : rows) top = std::max(top, std::ceil((row[1] + 1) / 10) * 10);
    s += gnuplot::datablock(fmt::format("arm{}", arm.number), rows);
    std::string title = arm.short_label;
    if (arm.diverged() > 0) {
      title += arm.diverged() == arm.runs.size()
                   ? " (diverged)"
                   : fmt::format(" ({} of {} diverged)", arm.diverged(), arm.runs.size());
      diverged = true;
      s += gnuplot::datablock(fmt::format("end{}", arm.number), {rows.back()});
    }
    if (arm.stopped() && arm.diverged() == 0) {
      title += " (stopped)";
      stopped = true;
      s += gnuplot::datablock(fmt::format("end{}", arm.number), {rows.back()});
    }
    const std::string look = gnuplot::arm_line(arm.number, false) + " lw 1.4";
    entries.push_back({title, look, gnuplot::arm_mark(arm.number) + " ps 0.5"});
    // A mark every eighth of the run tells the arms apart without colour.
    plots.push_back(fmt::format("$arm{} using 1:2 with linespoints {} ps 0.5 pi {} lw 1.4 title {}",
                                arm.number, gnuplot::arm_line(arm.number),
                                std::max<std::size_t>(rows.size() / 8, 1), gnuplot::quote(title)));
    if (arm.diverged() == arm.runs.size()) {
      plots.push_back(fmt::format(
          "$end{} using 1:2 with points pt 2 ps 1.0 lw 1.6 lc rgb '#000000' notitle", arm.number));
    }
    if (arm.stopped() && arm.diverged() == 0) {
      plots.push_back(fmt::format(
          "$end{} using 1:2 with points pt 4 ps 1.0 lw 1.4 lc rgb '#000000' notitle", arm.number));
    }
  }
  if (plots.empty()) return std::nullopt;

  Figure figure;
  figure.height = 250;
  figure.title = "Validation accuracy over the epochs";
  figure.caption = caption(task, diverged, stopped);
  s += "set tmargin at screen 0.97\n" + gnuplot::arms_legend(figure, task, entries, 0.075, 38.75);
  s += fmt::format("set xrange [0:{}]\nset yrange [0:{}]\n", gnuplot::num(epochs),
                   gnuplot::num(top));
  s += gnuplot::epoch_tics(static_cast<std::int64_t>(epochs), 10);
  s += "set xlabel 'epoch' offset 0,0.5\nset ylabel 'validation accuracy in %' offset 1.6,0\n";
  figure.script = s + "plot " + join(plots, ", ") + "\n";
  figure.set_table(table(arms));
  return figure;
}

}  // namespace gradus::reports
