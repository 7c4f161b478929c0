// The figure of the training benchmarks, from made-up numbers: none of them was measured.

#include "framework/bench/figure.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "framework/core/files.hpp"
#include "framework/core/process.hpp"

namespace gradus::bench {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

/// As gradus-bench writes it.
Json made_up() {
  return Json::parse(R"({
    "schema": "gradus.bench/1", "suite": "made_up",
    "machine": {"cpu": "A made-up CPU <of tests>", "cores": 2, "memory": "8388608 kB",
                "features": ["avx2"], "os": "Made-up OS 1", "libtorch": "9.9.9"},
    "rows": [
      {"name": "made up 1", "work": "Net, one run", "peer": "eager", "goal_ratio": 6,
       "other": {}, "ratio": {"values": [7.5, 6.5, 7.0]}},
      {"name": "made up 2", "work": "Net, one run", "peer": "tuned", "goal_ratio": 2,
       "other": {}, "ratio": {"values": [1.75, 2.25, 1.5]}},
      {"name": "made up 3", "work": "Net, 8 rates", "peer": "eager", "goal_ratio": 0,
       "other": {}, "ratio": {"values": [0.5]}},
      {"name": "without a peer"}]})");
}

Result<Comparison> read(const Json& json) { return comparison_of({json}, {"made_up.json"}); }

TEST(BenchFigure, ReadsEveryRoundOfEveryRowWithAPeer) {
  const auto comparison = read(made_up());
  ASSERT_TRUE(comparison.ok()) << comparison.error().text();
  ASSERT_EQ(comparison->rows.size(), 3U);
  EXPECT_EQ(comparison->rows[1].work, "Net, one run");
  EXPECT_TRUE(comparison->rows[1].tuned);
  EXPECT_EQ(comparison->rows[1].goal, 2);
  EXPECT_EQ(comparison->rows[1].ratios, (std::vector<double>{1.75, 2.25, 1.5}));
  EXPECT_EQ(comparison->machine,
            "A made-up CPU <of tests>, 2 cores, 8.0 GiB, avx2, Made-up OS 1, LibTorch 9.9.9");
}

TEST(BenchFigure, DrawsMediansRangesRoundsAndGoals) {
  const std::string script = figure_script(*read(made_up()), 720, 300);
  EXPECT_THAT(script, HasSubstr("$eager << EOD\n7 0 6.5 7.5\n0.5 -2.5 0.5 0.5\nEOD"));
  EXPECT_THAT(script, HasSubstr("$tuned << EOD\n1.75 -1 1.5 2.25\nEOD"));
  EXPECT_THAT(script, HasSubstr("$goals << EOD\n6 0\n2 -1\nEOD")) << "no goal, no line";
  EXPECT_THAT(script, HasSubstr("7.5 0\n6.5 0\n7 0\n"));
  EXPECT_THAT(script, HasSubstr("('Net, one run' -0.5, 'Net, 8 rates' -2.5)"));
}

TEST(BenchFigure, SaysWhatIsWrongWithAFile) {
  struct Case {
    const char* at;  ///< JSON pointer; the value there is replaced
    Json value;
    const char* what;
  };
  for (const Case& one : std::vector<Case>{
           {"/schema", "gradus.plan/1", "found the schema 'gradus.plan/1', wanted"},
           {"/rows", 7, "has no 'rows'"},
           {"/rows", Json::array(), "has no row with a peer"},
           {"/rows/0", 7, "has a row that is no object"},
           {"/machine", Json::object(), "names no machine"},
           {"/rows/0/peer", "slow", "compares with 'slow', wanted"},
           {"/rows/0/work", nullptr, "wanted a 'work'"},
           {"/rows/0/ratio", Json::object(), "'made up 1' has no values under 'ratio'"},
           {"/rows/0/ratio/values", {1.0, "x"}, "has the ratio \"x\", wanted a number above 0"},
           {"/rows/0/ratio/values", {-1.0}, "has the ratio -1.0"},
           {"/rows/0/ratio/values", {1e300}, "wanted a number above 0"}}) {
    Json json = made_up();
    json[Json::json_pointer(one.at)] = one.value;
    const auto comparison = read(json);
    ASSERT_FALSE(comparison.ok()) << one.at;
    EXPECT_THAT(comparison.error().what, HasSubstr(one.what));
    EXPECT_THAT(comparison.error().where, HasSubstr("made_up.json"));
    EXPECT_FALSE(comparison.error().cure.empty());
    EXPECT_EQ(exit_code(comparison.error().fault), 2);
  }
  EXPECT_THAT(read(Json(3)).error().what, HasSubstr("wanted 'gradus.bench/1'"));
}

TEST(BenchFigure, FilesOfSeveralMachinesAreNotMixed) {
  Json other = made_up();
  EXPECT_EQ(comparison_of({made_up(), other}, {"a", "b"})->rows.size(), 6U);
  other["machine"]["cores"] = 64;
  const auto mixed = comparison_of({made_up(), other}, {"a.json", "b.json"});
  ASSERT_FALSE(mixed.ok());
  EXPECT_THAT(mixed.error().what, AllOf(HasSubstr("another machine"), HasSubstr("64 cores")));
}

class BenchProgram : public ::testing::Test {
 protected:
  void SetUp() override {
    auto made = make_temporary_folder(fs::temp_directory_path(), "gradus-bench-test");
    ASSERT_TRUE(made.ok());
    folder_ = *made;
    fs::permissions(folder_, fs::perms::owner_all | fs::perms::group_exec | fs::perms::others_exec);
  }
  void TearDown() override { EXPECT_TRUE(remove_tree(folder_).ok()); }

  Completed draw(const std::string& text) const {
    EXPECT_TRUE(write_file(folder_ / "made_up.json", text).ok());
    const bool namespaces = [] {
      for (const auto& layer : sandbox::probe_layers())
        if (!layer.available) return false;
      return true;
    }();
    Command command;
    command.argv = {GRADUS_BENCH,
                    "--figure",
                    (folder_ / "made_up.json").string(),
                    "--out",
                    (folder_ / "figure.svg").string(),
                    "--sandbox",
                    namespaces ? "full" : "reduced"};
    command.env = {{"GRADUS_PREFIX", GRADUS_TEST_PREFIX}, {"GRADUS_HOME", folder_.string()}};
    auto done = gradus::run(command);
    EXPECT_TRUE(done.ok());
    return *done;
  }
  fs::path folder_;
};

TEST_F(BenchProgram, MakesTheFigureFromAFileWithoutMeasuring) {
  ::setenv("GRADUS_PREFIX", GRADUS_TEST_PREFIX, 1);
  ::setenv("GRADUS_HOME", folder_.c_str(), 1);
  const Completed done = draw(made_up().dump());
  ASSERT_EQ(done.exit_code, 0) << done.err;
  const std::string svg = *read_file(folder_ / "figure.svg");
  EXPECT_TRUE(svg.starts_with("<svg") || svg.starts_with("<?xml")) << svg.substr(0, 80);
  EXPECT_THAT(svg, AllOf(HasSubstr("7.00 ×"), HasSubstr("1.75 ×"), HasSubstr("Net, 8 rates"),
                         HasSubstr("A made-up CPU &lt;of tests&gt;, 2 cores, 8.0"),
                         HasSubstr("eager (P1)"), HasSubstr("goal")));
  EXPECT_THAT(svg, Not(HasSubstr("<of tests>")));
}

TEST_F(BenchProgram, KnowsEverySuiteByName) {
  Command command;
  command.argv = {GRADUS_BENCH, "--root", folder_.string(), "--no-peer", "nosuch"};
  const auto done = gradus::run(command);
  ASSERT_TRUE(done.ok());
  EXPECT_EQ(done->exit_code, 2);
  for (const char* name :
       {"start", "sandbox", "rebuild", "epoch", "sweep", "resnet", "resnet_sweep", "target"})
    EXPECT_THAT(done->err, HasSubstr(name));
}

TEST_F(BenchProgram, ABadFileIsASentenceAndNoFigure) {
  const Completed done = draw("{\"schema\": ");
  EXPECT_EQ(done.exit_code, 2);
  EXPECT_THAT(done.err, AllOf(HasSubstr("made_up.json"), HasSubstr("is not JSON")));
  EXPECT_FALSE(fs::exists(folder_ / "figure.svg"));
}

}  // namespace
}  // namespace gradus::bench
