// How the weights of every layer are spread after training: one panel a weight tensor, one line an
// arm, shares on a logarithmic axis, because regularisation shows in the tails and in the spike at
// 0.
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

constexpr std::size_t kMostArms = 6, kMostPanels = 12, kColumns = 3;
constexpr std::size_t kLabel = 32;             // characters of an arm in the legend
constexpr int kPanelHeight = 135, kFoot = 13;  // pixels; the rows of the legend come to the foot
constexpr double kLeast = 0.01;                // per cent: where the axis begins

struct Spreads {
  ArmView arm;
  const std::vector<Histogram>* tensors;
};

const Histogram* named(const std::vector<Histogram>& tensors, const std::string& name) {
  for (const Histogram& h : tensors) {
    if (h.name == name) return &h;
  }
  return nullptr;
}

/// Weights have more than one dimension; biases and buffers say little and are left to the table.
bool is_weight(const Evidence& evidence, const std::string& name) {
  for (const TensorInfo& tensor : evidence.tensors) {
    if (tensor.name == name) return tensor.kind == "parameter" && tensor.shape.size() > 1;
  }
  return false;
}

std::vector<std::vector<double>> outline(const Histogram& h) {
  const double width = (h.high - h.low) / static_cast<double>(h.counts.size());
  const double total = static_cast<double>(std::max<std::int64_t>(h.total(), 1));
  std::vector<std::vector<double>> rows;
  for (std::size_t i = 0; i < h.counts.size(); ++i) {
    const double share = 100 * static_cast<double>(h.counts[i]) / total;
    rows.push_back({h.low + (static_cast<double>(i) + 0.5) * width, std::max(share, kLeast)});
  }
  return rows;
}

std::vector<Spreads> spreads_of(const TaskView& task) {
  std::vector<Spreads> spreads;
  for (const ArmView& arm : arms_of(task)) {
    const auto found = task.data->histograms.find(arm.runs.front()->run->run_hash);
    if (found == task.data->histograms.end() || !arm.runs.front()->folder) continue;
    spreads.push_back({arm, &found->second});
  }
  return spreads;
}

/// At most kMostArms, evenly chosen, the first and the last among them: more lines hide each other.
std::vector<Spreads> drawn_of(const std::vector<Spreads>& all) {
  if (all.size() <= kMostArms) return all;
  std::vector<Spreads> drawn;
  for (std::size_t i = 0; i < kMostArms; ++i) {
    drawn.push_back(all[(i * (all.size() - 1) + (kMostArms - 1) / 2) / (kMostArms - 1)]);
  }
  return drawn;
}

/// Names in the legend, all of one kind. An entry has room for 48 characters (gnuplot::quote()), of
/// which the share takes some.
std::vector<std::string> legend_names(const std::vector<Spreads>& drawn) {
  constexpr std::size_t kRoom = 32;
  const bool fits = std::all_of(drawn.begin(), drawn.end(),
                                [](const Spreads& s) { return characters(s.arm.label) <= kRoom; });
  std::vector<std::string> names;
  for (const Spreads& s : drawn) {
    names.push_back(clipped(fits ? s.arm.label : s.arm.compact_label, kRoom));
  }
  return names;
}

/// Share of the weights of the given tensors that lie within 0.001 of zero.
double near_zero(const Spreads& spreads, const std::vector<std::string>& names) {
  double near = 0, total = 0;
  for (const std::string& name : names) {
    const Histogram* h = named(*spreads.tensors, name);
    if (!h) continue;
    near += h->near_zero * static_cast<double>(h->total());
    total += static_cast<double>(h->total());
  }
  return total > 0 ? near / total : 0;
}

std::string caption(const TaskView& task, const std::vector<Spreads>& all,
                    const std::vector<Spreads>& drawn, std::size_t layers, std::size_t panels) {
  std::string text =
      "Share of a layer’s weights in each bin, in %, on a logarithmic axis; the line under each "
      "name says how many lie within 0.001 of zero";
  text += drawn.size() > 1 ? ", arm by arm in the order of the legend, which says it for all "
                             "layers here together. "
                           : ". ";
  text +=
      "L1 drives weights to zero (a spike in the middle), L2 only makes them small (a narrower "
      "hill).";
  if (drawn.size() < all.size()) {
    std::vector<std::string> labels;
    for (const Spreads& s : drawn) labels.push_back(clipped(s.arm.label, 80));
    text += fmt::format(" Drawn are {} of {} arms: {}; the CSV file of the figure has all.",
                        drawn.size(), all.size(), join(labels, "; "));
  }
  if (panels < layers) text += fmt::format(" Drawn are the first {} of {} layers.", panels, layers);
  if (task.several_trials()) text += " Of each arm the first trial is counted.";
  return text;
}

Csv table(const std::vector<Spreads>& spreads) {
  Csv csv({"arm", "tensor", "arm_number", "from", "to", "weights", "share_below_0.001"});
  for (const Spreads& s : spreads) {
    for (const Histogram& h : *s.tensors) {
      const double width = (h.high - h.low) / static_cast<double>(h.counts.size());
      for (std::size_t i = 0; i < h.counts.size(); ++i) {
        csv.text(s.arm.label).text(h.name).value(s.arm.number);
        csv.value(h.low + static_cast<double>(i) * width);
        csv.value(h.low + static_cast<double>(i + 1) * width);
        csv.value(static_cast<double>(h.counts[i])).value(h.near_zero);
        csv.end_row();
      }
    }
  }
  return csv;
}

/// The least of 1, 2 and 5 times a power of ten that gives an axis from −edge to edge at most five
/// labels: more overlap in a panel.
double label_step(double edge) {
  double step = std::pow(10, std::floor(std::log10(edge)) - 1);
  for (int i = 0; 2 * std::floor(edge / step + 1e-6) + 1 > 5; ++i) step *= i % 3 == 1 ? 2.5 : 2;
  return step;
}

}  // namespace

std::optional<Figure> weights_figure(const TaskView& task) {
  const std::vector<Spreads> all = spreads_of(task);
  if (all.empty()) return std::nullopt;
  const std::vector<Spreads> spreads = drawn_of(all);
  std::size_t layers = 0;
  std::vector<std::string> names;
  for (const Histogram& h : *spreads.front().tensors) {
    const bool weight = is_weight(spreads.front().arm.runs.front()->folder->evidence, h.name);
    layers += weight ? 1 : 0;
    if (weight && names.size() < kMostPanels) names.push_back(h.name);
  }
  if (names.empty()) return std::nullopt;

  std::vector<gnuplot::LegendEntry> entries;
  const std::vector<std::string> labels = legend_names(spreads);
  for (std::size_t i = 0; i < spreads.size() && spreads.size() > 1; ++i) {
    entries.push_back({labels[i] + ": " + percent(near_zero(spreads[i], names), 1) + " near 0",
                       gnuplot::arm_line(spreads[i].arm.number, false) + " lw 1.6", ""});
  }
  const std::size_t rows = (names.size() + kColumns - 1) / kColumns;
  Figure figure;
  const int foot = kFoot + gnuplot::legend_rows(entries, figure.width) * gnuplot::kLegendRow;
  figure.height = static_cast<int>(rows) * kPanelHeight + foot;
  figure.title = "Weights of each layer after the last epoch";
  figure.caption = caption(task, all, spreads, layers, names.size());
  std::string script =
      "set multiplot\nset logscale y\nset yrange [0.01:100]\nset format y '%g'\n"
      "set ytics (0.01, 0.1, 1, 10, 100)\n";
  script += gnuplot::legend(entries, figure.width, figure.height, 10);
  const double height = figure.height;
  const double panel = (height - foot) / height / static_cast<double>(rows);
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto column = static_cast<double>(i % kColumns), row = static_cast<double>(i / kColumns);
    double edge = 1e-6;
    std::vector<std::string> plots, zeros;
    for (const Spreads& s : spreads) {
      const Histogram* h = named(*s.tensors, names[i]);
      if (!h) continue;
      edge = std::max({edge, std::abs(h->low), std::abs(h->high)});
      const std::string block = fmt::format("w{}_{}", i, s.arm.number);
      script += gnuplot::datablock(block, outline(*h));
      plots.push_back(fmt::format("${} using 1:2 with histeps {} lw 1.3", block,
                                  gnuplot::arm_line(s.arm.number, false)));
      zeros.push_back(fmt::format("{:.1f}", h->near_zero * 100));
    }
    script += fmt::format(
        "set lmargin at screen {}\nset rmargin at screen {}\nset tmargin at screen {}\nset bmargin "
        "at "
        "screen {}\n",
        gnuplot::num(column / 3 + 0.055), gnuplot::num((column + 1) / 3 - 0.012),
        gnuplot::num(1 - row * panel - 30 / height),
        gnuplot::num(1 - (row + 1) * panel + 22 / height));
    script += fmt::format("set xrange [{}:{}]\nset xtics {} format '%g' offset 0,0.35\n",
                          gnuplot::num(-edge), gnuplot::num(edge), gnuplot::num(label_step(edge)));
    script += "set title " + gnuplot::quote(names[i]) + " offset 0,0.1 textcolor rgb '#222222'\n";
    script += "set label 9 " + gnuplot::quote("near 0 in %: " + join(zeros, ", ")) +
              " at graph 0.5,graph 1.07 center textcolor rgb '#5C6168' font ',8.2'\n";
    script += "plot " + join(plots, ", ") + "\nunset label\nunset arrow\n";
  }
  figure.script = script + "unset multiplot\n";
  figure.set_table(table(all));
  return figure;
}

}  // namespace gradus::reports
