#include <fmt/format.h>

#include "reports/figures/figure.hpp"

namespace gradus::reports {
namespace {

/// Task ids come from a lab file; a file name must not leave the folder.
std::string file_stem(const std::string& task, const std::string& kind, std::size_t index) {
  std::string stem;
  for (const char c : task.substr(0, 48)) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '_' || c == '-';
    stem += plain ? c : '_';
  }
  return fmt::format("{:02}-{}-{}", index, stem, kind);
}

}  // namespace

void Figure::set_table(Csv table) {
  numbers = table.numbers();
  rows = table.rows();
  csv = table.take();
}

std::int64_t Figure::columns() const {
  return rows > 0 ? static_cast<std::int64_t>(numbers.size()) / rows : 0;
}

const std::vector<FigureKind>& figure_table() {
  static const std::vector<FigureKind> kTable = {
      {"curves", "curves", "loss and accuracy over the epochs of a task with one arm",
       curves_figure},
      {"sweep", "sweep", "accuracy against the varied key, one mark an arm", sweep_key_figure},
      {"sweep_curves", "curves", "validation accuracy over the epochs, one curve an arm",
       sweep_curves_figure},
      {"learning_rate", "learning_rate",
       "the learning rate over the epochs, where a schedule changes it", learning_rate_figure},
      {"arms", "", "train and validation accuracy, one small panel an arm", arms_figure},
      {"confusion", "confusion", "which classes are taken for which, best weights",
       confusion_figure},
      {"calibration", "calibration", "how often a confident answer is right, best weights",
       calibration_figure},
      {"mistakes", "mistakes", "validation pictures that the best weights get wrong",
       mistakes_figure},
      {"weights", "weights", "how the weights of each layer are spread, one line an arm",
       weights_figure},
  };
  return kTable;
}

std::vector<Figure> figures_of(const TaskView& task) {
  std::size_t index = 1;
  for (const ResultTask& other : task.data->result.tasks) {
    if (&other == task.task) break;
    ++index;
  }
  std::vector<Figure> figures;
  for (const FigureKind& row : figure_table()) {
    std::optional<Figure> figure = row.make(task);
    if (!figure) continue;
    figure->kind = row.kind;
    figure->name = file_stem(task.task->id, row.kind, index);
    if (const FigureSpec* spec = task.spec(row.lab_kind)) {
      if (!spec->title.empty()) figure->title = spec->title;
      if (!spec->caption.empty()) figure->caption = spec->caption + " " + figure->caption;
    }
    figures.push_back(std::move(*figure));
  }
  return figures;
}

}  // namespace gradus::reports
