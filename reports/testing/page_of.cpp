#include "reports/testing/page_of.hpp"

#include <gtest/gtest.h>

#include "reports/html/page.hpp"
#include "reports/testing/folder.hpp"

namespace gradus::reports::testing {

std::string page_of(const Sample& sample, const Audience& audience) {
  TestFolder folder;
  EXPECT_TRUE(write_sample(sample, folder.path()).ok());
  auto data = load(folder.path(), audience);
  EXPECT_TRUE(data.ok()) << (data.ok() ? "" : data.error().text());
  if (!data.ok()) return "";
  const auto tasks = task_views(*data);
  std::vector<std::vector<Figure>> figures;
  for (const TaskView& task : tasks) {
    figures.push_back(figures_of(task));
    for (Figure& figure : figures.back()) figure.svg = "<svg data-kind='" + figure.kind + "'/>";
  }
  auto html = render_page(*data, task_pages(tasks, figures));
  EXPECT_TRUE(html.ok()) << (html.ok() ? "" : html.error().text());
  return html.ok() ? *html : "";
}

std::string scripts_of(const Sample& sample) {
  TestFolder folder;
  EXPECT_TRUE(write_sample(sample, folder.path()).ok());
  auto data = load(folder.path());
  EXPECT_TRUE(data.ok()) << (data.ok() ? "" : data.error().text());
  if (!data.ok()) return "";
  std::string text;
  for (const TaskView& task : task_views(*data)) {
    for (const Figure& figure : figures_of(task)) {
      text += "== " + figure.name + ": " + figure.title + "\n" + figure.caption + "\n";
      text +=
          std::to_string(figure.rows) + " by " + std::to_string(figure.columns()) + " numbers\n";
      // The numbers themselves stand in the CSV files; here they would hide what matters.
      bool data_block = false;
      for (std::size_t at = 0; at < figure.script.size();) {
        const std::size_t end = std::min(figure.script.find('\n', at), figure.script.size());
        const std::string line = figure.script.substr(at, end - at);
        at = end + 1;
        if (line == "EOD") data_block = false;
        if (!data_block) text += line + "\n";
        if (line.ends_with("<< EOD")) data_block = true;
      }
    }
  }
  return text;
}

}  // namespace gradus::reports::testing
