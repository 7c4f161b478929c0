// Reliability diagram (Guo et al., ICML 2017, "On calibration of modern neural networks"): accuracy
// against confidence in ten bins, and the expected calibration error, eq. 3.
#include <fmt/format.h>

#include <cmath>

#include "framework/core/text.hpp"
#include "reports/figures/csv.hpp"
#include "reports/figures/figure.hpp"
#include "reports/figures/gnuplot.hpp"

namespace gradus::reports {

std::optional<Figure> calibration_figure(const TaskView& task) {
  const RunView* run = task.main_run();
  if (!run || !run->folder) return std::nullopt;
  const auto score = run->folder->evidence.scores.find("best_val");
  if (score == run->folder->evidence.scores.end()) return std::nullopt;

  std::vector<std::vector<double>> bars, marks;
  std::int64_t total = 0;
  for (const auto& bin : score->second.calibration) total += bin.count;
  if (total <= 0) return std::nullopt;
  Csv csv({"bin", "count", "mean_confidence", "accuracy"});
  double error = 0, excess = 0;
  const auto& bins = score->second.calibration;
  const double width = 1.0 / static_cast<double>(bins.size());
  for (std::size_t i = 0; i < bins.size(); ++i) {
    const auto& bin = bins[i];
    csv.value(static_cast<double>(i)).value(static_cast<double>(bin.count));
    csv.value(bin.confidence).value(bin.accuracy);
    csv.end_row();
    if (bin.count == 0) continue;
    const double weight = static_cast<double>(bin.count) / static_cast<double>(total);
    error += weight * std::abs(bin.accuracy - bin.confidence);
    excess += weight * (bin.confidence - bin.accuracy);
    bars.push_back({(static_cast<double>(i) + 0.5) * width, bin.accuracy, weight});
    marks.push_back({bin.confidence, bin.accuracy});
  }

  Figure figure;
  figure.width = 240;
  figure.height = 250;
  figure.title = "Calibration, validation";
  const char* lean = std::abs(excess) < 0.02 ? "about as sure as it is right"
                     : excess > 0            ? "surer than it is right"
                                             : "less sure than it is right";
  figure.caption = fmt::format(
      "Bars: how often answers of that confidence are right; line: what would be honest. The "
      "network is {} "
      "(expected calibration error {}).",
      lean, percent(error, 1));
  std::string s = gnuplot::datablock("bars", bars) + gnuplot::datablock("marks", marks);
  s += "set lmargin at screen 0.175\nset rmargin at screen 0.97\n";
  s += "set tmargin at screen 0.975\nset bmargin at screen 0.165\n\n";
  s += "set xrange [0:1]\nset yrange [0:1]\nset xtics 0.2 format '%g'\nset ytics 0.2 format '%g'\n";
  s += "set xlabel 'confidence' offset 0,0.75\nset label 'share that is right' at screen "
       "0.03,screen 0.57 center rotate by 90 textcolor rgb '#222222'\n";
  s += fmt::format("set boxwidth {} absolute\nset style fill solid 1.0 border rgb '#FFFFFF'\n",
                   gnuplot::num(width * 0.94));
  s += "plot $bars using 1:2 with boxes lc rgb '#56B4E9' lw 0.5, x with lines lw 1.1 lc rgb "
       "'#333333' "
       "dt 2, $marks using 1:2 with points pt 7 ps 0.45 lc rgb '#003E66'\n";
  figure.script = s;
  figure.set_table(std::move(csv));
  return figure;
}

}  // namespace gradus::reports
