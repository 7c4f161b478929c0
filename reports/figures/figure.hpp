#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "reports/figures/csv.hpp"
#include "reports/model/task_view.hpp"

namespace gradus::reports {

/// One drawing: what gnuplot must do, the numbers behind it, and what to say below it.
struct Figure {
  std::string kind;               ///< row of figure_table(), e.g. "curves"
  std::string name;               ///< file stem, unique in a report: "baseline-curves"
  std::string title;              ///< plain text; whoever writes it escapes it
  std::string caption;            ///< what to look for
  int width = 680, height = 250;  ///< CSS pixels
  std::string script;             ///< gnuplot, without terminal and output (draw.cpp sets them)
  std::string csv;                ///< the same numbers
  std::vector<double> numbers;    ///< the table without its text columns, [rows, columns]
  std::int64_t rows = 0;
  std::string svg;  ///< an <svg> element that can stand in HTML; draw_all() makes it of the script

  void set_table(Csv table);
  std::int64_t columns() const;
};

/// A kind of figure that exists. make() gives nothing where there is nothing to draw, so that no
/// report ever holds empty axes.
struct FigureKind {
  const char* kind;
  const char*
      lab_kind;      ///< [[figure]] kind of a lab file that gives its title and caption; may be ""
  const char* help;  ///< one sentence: what it shows
  std::optional<Figure> (*make)(const TaskView& task);
};
/// All kinds, in the order of a page. To add one: one file beside this, one row there.
const std::vector<FigureKind>& figure_table();

/// The figures of a task; titles and captions are the lab's where it gives them.
std::vector<Figure> figures_of(const TaskView& task);

std::optional<Figure> curves_figure(const TaskView& task);
std::optional<Figure> sweep_key_figure(const TaskView& task);
std::optional<Figure> sweep_curves_figure(const TaskView& task);
std::optional<Figure> arms_figure(const TaskView& task);
std::optional<Figure> confusion_figure(const TaskView& task);
std::optional<Figure> calibration_figure(const TaskView& task);
std::optional<Figure> learning_rate_figure(const TaskView& task);
std::optional<Figure> weights_figure(const TaskView& task);
std::optional<Figure> mistakes_figure(const TaskView& task);

}  // namespace gradus::reports
