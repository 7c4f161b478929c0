// The whole way through both renderers, in the sandbox.
#include "reports/report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>

#include "framework/core/files.hpp"
#include "framework/core/process.hpp"
#include "framework/record/npy.hpp"
#include "reports/testing/folder.hpp"
#include "reports/testing/markup.hpp"
#include "reports/testing/sample.hpp"

namespace gradus::reports {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class Render : public ::testing::Test {
 protected:
  void SetUp() override {
    ::setenv("GRADUS_PREFIX", GRADUS_TEST_PREFIX, 1);
    ::setenv("GRADUS_HOME", home.path().c_str(), 1);
    fs::permissions(home.path(),
                    fs::perms::owner_all | fs::perms::group_exec | fs::perms::others_exec);
    auto found = find_paths();
    ASSERT_TRUE(found.ok()) << found.error().text();
    paths = *found;
    // A container without namespaces still renders; the report's own code is the same.
    for (const auto& layer : sandbox::probe_layers()) {
      if (!layer.available) options.mode = sandbox::Mode::reduced;
    }
  }
  Status write_and_render(const testing::Sample& sample, const fs::path& target) {
    GRADUS_CHECK(testing::write_sample(sample, target));
    return render(paths, target, options);
  }
  /// Every file of the report with its bytes.
  static std::map<std::string, std::string> report_files(const fs::path& target) {
    std::map<std::string, std::string> files;
    for (const auto& entry : fs::recursive_directory_iterator(target)) {
      const std::string name = fs::relative(entry.path(), target).string();
      if (!entry.is_regular_file() || name.starts_with("runs") || name == "result.json") continue;
      auto bytes = read_file(entry.path());
      files[name] = bytes.ok() ? *bytes : "?";
    }
    return files;
  }
  static std::string output_of(std::vector<std::string> argv) {
    Command command;
    command.argv = std::move(argv);
    auto done = run(command);
    EXPECT_TRUE(done.ok() && done->exit_code == 0);
    return done.ok() ? done->out : "";
  }
  testing::TestFolder home, folder;
  Paths paths;
  Options options;
};

TEST_F(Render, EqualFoldersGiveEqualBytes) {
  const auto one = folder.path() / "one", two = folder.path() / "elsewhere/two";
  ASSERT_TRUE(write_and_render(testing::simplenn_sample(), one).ok());
  const Status second = write_and_render(testing::simplenn_sample(), two);
  ASSERT_TRUE(second.ok()) << second.error().text();
  const auto a = report_files(one), b = report_files(two);
  EXPECT_EQ(a.size(), 2U + 4 * 3);  // page, PDF, four figures with their numbers
  ASSERT_EQ(a.size(), b.size());
  for (const auto& [name, bytes] : a) EXPECT_TRUE(b.at(name) == bytes) << name;
}

TEST_F(Render, ThePdfHasPagesTextAndNothingAttached) {
  if (find_program("pdftotext").empty()) GTEST_SKIP() << "poppler-utils is not installed";
  ASSERT_TRUE(write_and_render(testing::simplenn_sample(), folder.path() / "r").ok());
  const std::string pdf = (folder.path() / "r/report.pdf").string();
  const std::string text = output_of({"pdftotext", "-layout", pdf, "-"});
  for (const char* part :
       {"Training SimpleNN on CIFAR-10", "Rubric", "82,030", "Overfitting.", "automobile",
        "validation (recomputed)", "Figure 2.1", "1/", "Recipe and seeds"}) {
    std::string spaceless = text;
    std::erase(spaceless, ' ');
    std::string wanted = part;
    std::erase(wanted, ' ');
    EXPECT_THAT(spaceless, HasSubstr(wanted)) << part;
  }
  const std::string info = output_of({"pdfinfo", pdf});
  EXPECT_THAT(info, HasSubstr("A4"));
  EXPECT_THAT(info, Not(HasSubstr("CreationDate")));
  EXPECT_THAT(output_of({"pdfdetach", "-list", pdf}), HasSubstr("0 embedded"));
}

TEST_F(Render, HostileNamesReachNeitherShellNorFiles) {
  testing::Sample sample = testing::tuning_sample();
  const std::string mark = (folder.path() / "pwned").string();
  const std::string evil = "'`touch " + mark + "`\"<b>@x $HOME {/Bold y}";
  for (auto& name : sample.result.classes) name = evil;
  for (auto& run : sample.result.runs) {
    for (auto& [key, value] : run.arm) value = evil + value.dump();
  }
  sample.result.title = "<a rel=attachment href=file:///etc/passwd>x</a>";
  const Status status = write_and_render(sample, folder.path() / "r");
  ASSERT_TRUE(status.ok()) << status.error().text();
  EXPECT_FALSE(fs::exists(mark));
  auto page = read_file(folder.path() / "r/report.html");
  ASSERT_TRUE(page.ok());
  EXPECT_EQ(testing::markup_problem(*page), "");
  EXPECT_THAT(*page, Not(HasSubstr("<b>")));
  if (find_program("pdfdetach").empty()) return;
  EXPECT_THAT(output_of({"pdfdetach", "-list", (folder.path() / "r/report.pdf").string()}),
              HasSubstr("0 embedded"));
}

TEST_F(Render, HostileArmsAndTensorsAreDrawnAsText) {
  options.pdf = false;
  testing::Sample sample = testing::course_sample();
  const std::string mark = (folder.path() / "pwned").string();
  const std::string evil = "'' '`touch " + mark + "`' @x \\ {/Bold ^_#\n";
  for (auto& run : sample.result.runs) {
    for (auto& [key, value] : run.arm) value = evil + value.dump();
  }
  for (auto& run : sample.runs) {
    for (auto& tensor : run.evidence.tensors) tensor.name = evil + tensor.name;
    if (run.histograms.is_null()) continue;
    for (auto& tensor : run.histograms["tensors"])
      tensor["name"] = evil + tensor["name"].get<std::string>();
  }
  const Status status = write_and_render(sample, folder.path() / "r");
  ASSERT_TRUE(status.ok()) << status.error().text();
  EXPECT_FALSE(fs::exists(mark));
  EXPECT_TRUE(fs::exists(folder.path() / "r/figures/03-penalty-weights.svg"));
}

TEST_F(Render, EveryFigureIsAFileOfItsOwn) {
  options.pdf = false;
  ASSERT_TRUE(write_and_render(testing::tuning_sample(), folder.path() / "r").ok());
  const auto files = report_files(folder.path() / "r");
  EXPECT_FALSE(files.contains("report.pdf"));
  int drawings = 0;
  for (const auto& [name, bytes] : files) {
    if (!name.ends_with(".svg")) continue;
    ++drawings;
    const std::string stem = name.substr(0, name.size() - 4);
    EXPECT_TRUE(files.contains(stem + ".csv")) << name;
    const auto numbers = read_npy(folder.path() / "r" / (stem + ".npy"));
    ASSERT_TRUE(numbers.ok()) << name;
    EXPECT_EQ(numbers->shape.size(), 2U) << name;
    EXPECT_EQ(testing::markup_problem(bytes.substr(bytes.find("<svg"))), "") << name;
    EXPECT_THAT(bytes, Not(HasSubstr("<use"))) << name;
  }
  EXPECT_EQ(drawings, 12);  // six a sweep
}

TEST_F(Render, ADamagedFolderKeepsTheReportItHad) {
  options.pdf = false;
  const testing::Sample sample = testing::simplenn_sample();
  const fs::path target = folder.path() / "r";
  ASSERT_TRUE(write_and_render(sample, target).ok());
  const auto before = report_files(target);
  fs::remove(target / "runs" / sample.runs[1].evidence.run_hash / "run.json");
  const Status status = render(paths, target, options);
  ASSERT_FALSE(status.ok());
  EXPECT_THAT(status.error().text(), HasSubstr("run.json"));
  EXPECT_EQ(report_files(target), before);
}

TEST_F(Render, ADamagedFolderGetsNoPartOfAReport) {
  const testing::Sample sample = testing::simplenn_sample();
  const fs::path target = folder.path() / "r";
  ASSERT_TRUE(testing::write_sample(sample, target).ok());
  fs::resize_file(target / "runs" / sample.runs[1].evidence.run_hash / "mistakes_images.npy", 100);
  EXPECT_FALSE(render(paths, target, options).ok());
  EXPECT_TRUE(report_files(target).empty());
}

TEST_F(Render, FailuresAreReportsToo) {
  options.pdf = false;
  EXPECT_TRUE(write_and_render(testing::crashed_sample(), folder.path() / "crashed").ok());
  EXPECT_TRUE(write_and_render(testing::unbuilt_sample(), folder.path() / "unbuilt").ok());
}

}  // namespace
}  // namespace gradus::reports
