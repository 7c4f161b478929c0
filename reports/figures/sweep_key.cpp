// Best and final accuracy against the varied key. Positions are computed here and the axis is
// labelled by hand: a logarithmic axis has no place for 0 (no weight decay is an arm), gnuplot's
// has none for text, and arms that diverged have no height.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "framework/core/text.hpp"
#include "reports/figures/csv.hpp"
#include "reports/figures/figure.hpp"
#include "reports/figures/gnuplot.hpp"
#include "reports/figures/legend.hpp"
#include "reports/model/arm_view.hpp"

namespace gradus::reports {
namespace {

struct Axis {
  std::vector<double> at;  ///< one a run
  double low = 0, high = 1;
  bool logarithmic = false;
  std::optional<double> zero;  ///< where 0 stands on a logarithmic axis
};

Axis place(const std::vector<RunView>& runs, const std::string& key) {
  Axis axis;
  std::vector<double> values;
  for (const RunView& run : runs) {
    const auto value = run.run->arm.find(key);
    if (value == run.run->arm.end() || !value->second.is_number()) break;
    values.push_back(value->second.get<double>());
  }
  const bool numeric = values.size() == runs.size() &&
                       std::all_of(values.begin(), values.end(),
                                   [](double v) { return std::isfinite(v) && v >= 0; });
  double smallest = INFINITY, largest = 0;
  for (const double v : values) {
    if (v > 0) smallest = std::min(smallest, v);
    largest = std::max(largest, v);
  }
  axis.logarithmic = numeric && largest / smallest >= 8;
  if (axis.logarithmic) {
    axis.zero = std::log10(smallest) - 1;
    bool any_zero = false;
    for (const double v : values) {
      axis.at.push_back(v > 0 ? std::log10(v) : *axis.zero);
      any_zero = any_zero || v <= 0;
    }
    if (!any_zero) axis.zero.reset();
  } else if (numeric) {
    axis.at = values;
  } else {
    for (std::size_t i = 0; i < runs.size(); ++i) axis.at.push_back(static_cast<double>(i));
  }
  const auto [low, high] = std::minmax_element(axis.at.begin(), axis.at.end());
  const double margin = std::max((*high - *low) * 0.06, 1e-3);
  axis.low = *low - margin;
  axis.high = *high + margin;
  return axis;
}

/// From a round value below the worst arm to one above the best: arms differ by a point or two,
/// which nobody could see between 0 and 100.
std::pair<double, double> vertical_range(const std::vector<std::vector<double>>& best,
                                         const std::vector<std::vector<double>>& last,
                                         const std::vector<std::vector<double>>& stopped,
                                         const std::vector<std::vector<double>>& reported) {
  double low = 100, high = 0;
  for (const auto* rows : {&best, &last, &stopped, &reported}) {
    for (const auto& row : *rows) {
      low = std::min(low, row[1]);
      high = std::max(high, row[1]);
    }
  }
  if (low > high) return {0, 100};
  const double step = high - low > 30 ? 10 : 5;
  const double margin = std::max((high - low) * 0.14, 1.0);
  return {std::max(0.0, std::floor((low - margin) / step) * step),
          std::min(100.0, std::ceil((high + margin) / step) * step)};
}

/// Rows (x, mean) of rows (x, y) that are sorted by x: with several trials the line runs through
/// their mean.
std::vector<std::vector<double>> means(const std::vector<std::vector<double>>& rows) {
  std::vector<std::vector<double>> out;
  for (std::size_t i = 0; i < rows.size();) {
    double sum = 0;
    std::size_t n = 0;
    while (i + n < rows.size() && rows[i + n][0] == rows[i][0]) sum += rows[i + n++][1];
    out.push_back({rows[i][0], sum / static_cast<double>(n)});
    i += n;
  }
  return out;
}

std::string mark_name(const TaskView& task) {
  return task.several_trials() ? "one trial of an arm" : "an arm";
}

/// What a mark is and, where several share a place, what the lines are.
std::string marks_text(const TaskView& task) {
  std::string text = fmt::format(
      "Each mark is {}: filled for its best epoch, hollow for its last; far apart means that "
      "training went on too long. ",
      mark_name(task));
  if (!task.one_key()) {
    text +=
        fmt::format("The lines run through the mean of all marks of one {}. ", key_title(task.key));
  } else if (task.several_trials()) {
    text += "The lines run through the means of the arms. ";
  }
  return text + "Look for where the line is highest, and how fast it falls to each side.";
}

Csv table(const TaskView& task) {
  Csv csv({"arm", task.key, "arm_number", "trial", "status", "best_val_accuracy_recomputed",
           "final_val_accuracy_recomputed", "diverged_epoch", "stopped_after_epoch",
           "reported_val_accuracy"});
  for (const ArmView& arm : arms_of(task)) {
    for (const RunView* run : arm.runs) {
      const auto value = run->run->arm.find(task.key);
      csv.text(arm.label).text(value == run->run->arm.end() ? "" : value_text(value->second));
      csv.value(arm.number).value(static_cast<double>(run->run->trial + 1)).text(run->run->status);
      csv.value(run->diverged() ? std::nullopt : run->best_val()).value(run->final_val());
      const auto diverged = run->folder ? run->folder->evidence.diverged_epoch : std::nullopt;
      csv.value(diverged ? std::optional<double>(static_cast<double>(*diverged)) : std::nullopt);
      csv.value(run->stopped()
                    ? std::optional<double>(static_cast<double>(*run->run->stopped_after))
                    : std::nullopt);
      csv.value(arm.reported);
      csv.end_row();
    }
  }
  return csv;
}

}  // namespace

std::optional<Figure> sweep_key_figure(const TaskView& task) {
  if (!task.sweep()) return std::nullopt;
  const Axis axis = place(task.runs, task.key);
  std::vector<std::vector<double>> best, final_points, lost, stopped;
  std::vector<std::pair<std::string, double>> labels;
  for (std::size_t i = 0; i < task.runs.size(); ++i) {
    const RunView& run = task.runs[i];
    const double x = axis.at[i];
    const auto value = run.run->arm.find(task.key);
    const std::string label =
        value == run.run->arm.end() ? run.short_label : value_text(value->second);
    if (std::none_of(labels.begin(), labels.end(),
                     [&](const auto& seen) { return seen.second == x; })) {
      labels.emplace_back(label, x);
    }
    if (run.diverged()) {
      lost.push_back({x});
    } else if (const auto top = run.best_val(); top && run.stopped()) {
      stopped.push_back({x, *top * 100});
    } else if (top) {
      best.push_back({x, *top * 100});
      if (const auto end = run.final_val()) final_points.push_back({x, *end * 100});
    }
  }
  if (best.empty() && lost.empty() && stopped.empty()) return std::nullopt;
  std::vector<std::vector<double>> reported;  // the document's, at the place of its arm
  for (const ArmView& arm : arms_of(task)) {
    const auto run = static_cast<std::size_t>(arm.runs.front() - task.runs.data());
    if (arm.reported) reported.push_back({axis.at[run], *arm.reported * 100});
  }
  const auto [low, high] = vertical_range(best, final_points, stopped, reported);
  for (auto& row : lost) row.push_back(low + (high - low) * 0.035);
  std::sort(best.begin(), best.end());
  std::sort(final_points.begin(), final_points.end());
  std::sort(stopped.begin(), stopped.end());

  const std::string title = key_title(task.key), one = mark_name(task);
  Figure figure;
  figure.width = 680;
  figure.height = 238;
  figure.title = "Accuracy against " + title;
  figure.caption = fmt::format(
      "{}{}{}{}{}", marks_text(task), low > 0 ? " The vertical axis does not start at 0." : "",
      stopped.empty() ? ""
                      : " A square is " + one +
                            " that was stopped early: its best until then, which the lines leave "
                            "out, since more epochs might have raised it.",
      lost.empty() ? "" : " A cross on the axis is " + one + " that diverged: it has no accuracy.",
      axis.zero ? " Zero has no place on a logarithmic axis and stands left of the break." : "");
  std::string s;
  s += "set lmargin at screen 0.075\nset rmargin at screen 0.99\n";
  s += "set tmargin at screen 0.97\nset bmargin at screen 0.27\n";
  s += fmt::format("set xrange [{}:{}]\nset yrange [{}:{}]\n", gnuplot::num(axis.low),
                   gnuplot::num(axis.high), gnuplot::num(low), gnuplot::num(high));
  s += "set xtics " + gnuplot::tics(labels) + "\n";
  s += "set xlabel " + gnuplot::quote(title + (axis.logarithmic ? " (logarithmic)" : "")) +
       " offset 0,0.6\n";
  s += "set ylabel 'validation accuracy in %' offset 1.6,0\n";
  if (axis.zero) {
    // Two short strokes through the axis: the scale is broken between 0 and the next arm.
    for (const double shift : {0.46, 0.54}) {
      s += fmt::format(
          "set arrow from {0},graph -0.025 to {1},graph 0.025 nohead lc rgb '#333333' "
          "lw 0.9 front\n",
          gnuplot::num(*axis.zero + shift - 0.025), gnuplot::num(*axis.zero + shift + 0.025));
    }
  }
  const double classes = static_cast<double>(task.classes());
  if (classes > 1 && 100 / classes > low) {
    s += fmt::format("set arrow from {0},{2} to {1},{2} nohead ls 3 back\n", gnuplot::num(axis.low),
                     gnuplot::num(axis.high), gnuplot::num(100 / classes));
    s += fmt::format(
        "set label 'chance' at {},{} left offset 0.4,0.55 textcolor rgb '{}' "
        "font ',8.4'\n",
        gnuplot::num(axis.low), gnuplot::num(100 / classes), gnuplot::kQuiet);
  }
  std::vector<std::string> plots;
  std::vector<gnuplot::LegendEntry> entries;
  // Where both fall together, the filled mark stands inside the wider hollow one.
  if (!final_points.empty()) {
    entries.push_back({"last epoch", "ls 1", "pt 6 ps 0.95 lc rgb '#D55E00'"});
    s += gnuplot::datablock("last", final_points) +
         gnuplot::datablock("last_mean", means(final_points));
    plots.push_back("$last_mean using 1:2 with lines ls 1");
    plots.push_back("$last using 1:2 with points ls 1 ps 0.95");
  }
  if (!best.empty()) {
    entries.push_back({"best epoch", "ls 2", "pt 7 ps 0.6 lc rgb '#0072B2'"});
    s += gnuplot::datablock("best", best) + gnuplot::datablock("best_mean", means(best));
    plots.push_back("$best_mean using 1:2 with lines ls 2");
    plots.push_back("$best using 1:2 with points ls 2 ps 0.6");
    plots.push_back(
        "$best_mean using 1:2:(sprintf('%.1f', $2)) with labels offset 0,0.9 "
        "textcolor rgb '#222222' font ',8.4'");
  }
  if (!stopped.empty()) {
    entries.push_back({"stopped early", "", "pt 4 ps 0.8 lw 1.2 lc rgb '#0072B2'"});
    s +=
        gnuplot::datablock("stopped", stopped) + gnuplot::datablock("stopped_mean", means(stopped));
    plots.push_back("$stopped using 1:2 with points pt 4 ps 0.8 lw 1.2 lc rgb '#0072B2'");
    plots.push_back(
        "$stopped_mean using 1:2:(sprintf('%.1f', $2)) with labels offset 0,0.9 "
        "textcolor rgb '#222222' font ',8.4'");
  }
  if (!reported.empty()) {
    entries.push_back({"the document", "", "pt 12 ps 0.85 lc rgb '#555555'"});
    s += gnuplot::datablock("reported", reported);
    plots.push_back("$reported using 1:2 with points pt 12 ps 0.85 lc rgb '#555555'");
  }
  if (!lost.empty()) {
    entries.push_back({"diverged", "", "pt 2 ps 0.9 lw 1.6 lc rgb '#000000'"});
    s += gnuplot::datablock("lost", lost);
    plots.push_back("$lost using 1:2 with points pt 2 ps 0.9 lw 1.6 lc rgb '#000000'");
    plots.push_back(
        "$lost using 1:2:('diverged') with labels offset 0,0.9 "
        "textcolor rgb '#222222' font ',8.4'");
  }
  s += gnuplot::legend(entries, figure.width, figure.height, 11);
  figure.script = s + "plot " + join(plots, ", ") + "\n";
  figure.set_table(table(task));
  return figure;
}

}  // namespace gradus::reports
