// Loss and accuracy over the epochs of one run, side by side, with the best epoch marked.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "framework/core/text.hpp"
#include "reports/figures/csv.hpp"
#include "reports/figures/figure.hpp"
#include "reports/figures/gnuplot.hpp"
#include "reports/figures/legend.hpp"
#include "reports/figures/series.hpp"

namespace gradus::reports {
namespace {

using Rows = std::vector<std::vector<double>>;

struct Panel {
  std::string name, title;
  Rows train, val;
  double top = 1, chance = 0;
  bool percent = false;
};

std::optional<double> at_epoch(const Rows& rows, std::int64_t epoch) {
  for (const auto& row : rows) {
    if (static_cast<std::int64_t>(row[0]) == epoch) return row[1];
  }
  return std::nullopt;
}

/// A loss that explodes would flatten all else: the axis ends at three times chance.
double loss_top(const Panel& panel) {
  double top = 0;
  for (const Rows* rows : {&panel.train, &panel.val}) {
    for (const auto& row : *rows) top = std::max(top, row[1]);
  }
  if (panel.chance > 0) top = std::min(top, 3 * panel.chance);
  return top > 0 ? top * 1.06 : 1.0;
}

std::string panel_script(const Panel& panel, const Evidence& run, std::int64_t epochs, double left,
                         double right, const std::string& legend = "") {
  std::string s = gnuplot::datablock("train", panel.train) + gnuplot::datablock("val", panel.val);
  s += fmt::format("set lmargin at screen {}\nset rmargin at screen {}\n", left, right);
  s += fmt::format("set title '{}' offset 0,-0.6 textcolor rgb '#222222'\n", panel.title);
  s += fmt::format("set xrange [0:{}]\nset yrange [0:{}]\nset xlabel 'epoch' offset 0,0.75\n",
                   epochs, gnuplot::num(panel.top));
  s += gnuplot::epoch_tics(epochs, 6);
  s += "unset label\nunset arrow\n" + legend;
  if (panel.chance > 0) {
    const std::string level = gnuplot::num(panel.chance);
    s += fmt::format("set arrow from 0,{0} to {1},{0} nohead ls 3 back\n", level, epochs);
    s += fmt::format(
        "set label 'chance' at {},{} right offset -0.3,0.55 textcolor rgb '{}' "
        "font ',8.4'\n",
        epochs, level, gnuplot::kQuiet);
  }
  if (run.best_epoch && *run.best_epoch > 0) {
    const std::int64_t best = *run.best_epoch;
    s += fmt::format("set arrow from {0},0 to {0},{1} nohead ls 4 back\n", best,
                     gnuplot::num(panel.top));
    if (const auto value = at_epoch(panel.val, best)) {
      s += gnuplot::datablock("best", {{static_cast<double>(best), *value}});
      const bool flip = best * 10 > epochs * 6;
      const std::string text = panel.percent ? fmt::format("best: {:.2f} %, epoch {}", *value, best)
                                             : fmt::format("{:.3f} at epoch {}", *value, best);
      s += fmt::format("set label '{}' at {},{} {} offset {},0 textcolor rgb '{}'\n", text, best,
                       gnuplot::num(panel.top * (panel.percent ? 0.26 : 0.06)),
                       flip ? "right" : "left", flip ? "-0.6" : "0.6", gnuplot::kInk);
    }
  }
  std::vector<std::string> plots;
  if (!panel.train.empty()) {
    plots.push_back("$train using 1:2 with " + line_style(panel.train.size(), 1));
  }
  if (!panel.val.empty()) {
    plots.push_back("$val using 1:2 with " + line_style(panel.val.size(), 2));
  }
  if (s.find("$best <<") != std::string::npos) {
    plots.push_back("$best using 1:2 with points pt 7 ps 0.8 lc rgb '#0072B2'");
  }
  return s + "plot " + join(plots, ", ") + "\n";
}

Csv table(const Evidence& run) {
  Csv csv({"epoch", "lr_claimed", "train_loss_claimed", "train_accuracy_claimed",
           "val_loss_recomputed", "val_accuracy_recomputed"});
  for (const EpochRecord& e : run.epochs) {
    csv.value(static_cast<double>(e.epoch)).value(e.lr).value(e.train_loss);
    csv.value(e.train_accuracy).value(e.val_loss).value(e.val_accuracy);
    csv.end_row();
  }
  return csv;
}

}  // namespace

std::optional<Figure> curves_figure(const TaskView& task) {
  const RunView* view = task.main_run();
  if (task.sweep() || !view || !view->has_curve()) return std::nullopt;
  const Evidence& run = view->folder->evidence;
  const double classes = static_cast<double>(task.classes());

  Panel loss{"loss",
             "cross-entropy loss",
             series(run, &EpochRecord::train_loss),
             series(run, &EpochRecord::val_loss),
             1,
             classes > 1 ? std::log(classes) : 0,
             false};
  loss.top = loss_top(loss);
  Panel accuracy{"accuracy",
                 "accuracy in %",
                 series(run, &EpochRecord::train_accuracy, 100),
                 series(run, &EpochRecord::val_accuracy, 100),
                 100,
                 classes > 1 ? 100 / classes : 0,
                 true};

  Figure figure;
  figure.height = 255;
  figure.title = "Loss and accuracy over the epochs";
  figure.caption = task.several_trials()
                       ? fmt::format("The best of {} trials is drawn. ", task.runs.size())
                       : "";
  figure.caption +=
      "Epoch 0 is before the first step, where validation should sit at chance. The vertical "
      "line marks the epoch with the best validation accuracy; beyond it, train rising while "
      "validation falls is overfitting.";
  const std::int64_t epochs = std::max<std::int64_t>(last_epoch(run), 1);
  figure.script = "set multiplot\nset tmargin at screen 0.905\nset bmargin at screen 0.235\n";
  const std::string legend = gnuplot::legend({gnuplot::train_entry(), gnuplot::val_entry()},
                                             figure.width, figure.height, 11);
  const auto drawable = [](const Panel& p) { return !p.train.empty() || !p.val.empty(); };
  if (drawable(loss)) {
    figure.script += panel_script(loss, run, epochs, 0.05, 0.485, legend);
  }
  if (drawable(accuracy)) figure.script += panel_script(accuracy, run, epochs, 0.56, 0.99);
  if (!drawable(loss) && !drawable(accuracy)) return std::nullopt;
  figure.script += "unset multiplot\n";
  figure.set_table(table(run));
  return figure;
}

}  // namespace gradus::reports
