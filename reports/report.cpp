// Theory of operation. Everything is rendered in memory first: gnuplot draws all figures in one
// process, Mustache writes the page, WeasyPrint turns the same page into the PDF. Only when all of
// it is there are files written: into a folder beside, then renamed one by one, the PDF and the
// page last. So a folder that cannot be rendered keeps the report it had, or none.
#include "reports/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "framework/core/files.hpp"
#include "framework/record/npy.hpp"
#include "reports/figures/draw.hpp"
#include "reports/figures/svg.hpp"
#include "reports/html/page.hpp"
#include "reports/model/report_data.hpp"
#include "reports/model/task_view.hpp"
#include "reports/pdf/pdf.hpp"

namespace gradus::reports {
namespace {

Status move_into_place(const fs::path& staging, const fs::path& folder, bool pdf) {
  const auto move = [&](const char* name) -> Status {
    std::error_code error;
    fs::rename(staging / name, folder / name, error);
    if (error) {
      return system_error((folder / name).string(), "cannot put the report in place",
                          error.value());
    }
    return {};
  };
  GRADUS_CHECK(remove_tree(folder / "figures"));
  GRADUS_CHECK(move("figures"));
  if (pdf) {
    GRADUS_CHECK(move("report.pdf"));
  } else {
    GRADUS_CHECK(remove_tree(folder / "report.pdf"));  // an older one would contradict the page
  }
  return move("report.html");
}

/// Another folder than the result's must be new, empty or hold a report: figures/ is replaced.
Status check_out(const fs::path& result_folder, const fs::path& folder) {
  std::error_code error;
  if (folder == result_folder || !fs::exists(folder, error)) return {};
  const bool usable = fs::is_directory(folder, error) &&
                      (fs::is_empty(folder, error) || fs::exists(folder / "report.html", error));
  if (usable) return {};
  return user_error(folder.string(), "found something that is no folder of a report",
                    "Give a new folder with --out.");
}

}  // namespace

Status render(const Paths&, const fs::path& result_folder, const Options& options) {
  const fs::path folder = options.out.empty() ? result_folder : options.out;
  GRADUS_CHECK(check_out(result_folder, folder));
  GRADUS_TRY(const ReportData data, load(result_folder, options.audience));
  const std::vector<TaskView> tasks = task_views(data);
  std::vector<std::vector<Figure>> figures;
  std::vector<Figure*> all;
  for (const TaskView& task : tasks) figures.push_back(figures_of(task));
  for (auto& of_task : figures) {
    for (Figure& figure : of_task) all.push_back(&figure);
  }
  GRADUS_CHECK(draw_all(all, options.mode));

  GRADUS_TRY(const std::string html, render_page(data, task_pages(tasks, figures)));
  std::string pdf;
  if (options.pdf) {
    GRADUS_TRY(pdf, render_pdf(html, options.mode));
  }

  GRADUS_CHECK(make_folder(folder));
  GRADUS_TRY(const fs::path staging, make_temporary_folder(folder, ".report"));
  const FolderGuard guard(staging);
  GRADUS_CHECK(make_folder(staging / "figures"));
  for (const Figure* figure : all) {
    GRADUS_CHECK(write_file(staging / "figures" / (figure->name + ".svg"), svg_file(figure->svg)));
    GRADUS_CHECK(write_file(staging / "figures" / (figure->name + ".csv"), figure->csv));
    GRADUS_CHECK(write_npy(staging / "figures" / (figure->name + ".npy"), "float64",
                           {figure->rows, figure->columns()},
                           std::as_bytes(std::span(figure->numbers))));
  }
  GRADUS_CHECK(write_file(staging / "report.html", html));
  if (options.pdf) GRADUS_CHECK(write_file(staging / "report.pdf", pdf));
  return move_into_place(staging, folder, options.pdf);
}

}  // namespace gradus::reports
