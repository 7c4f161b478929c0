// `gradus grade` and `gradus regrade` as their users call them, on a lab of seconds.

#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <map>
#include <thread>

#include "framework/core/text.hpp"
#include "framework/record/grades.hpp"
#include "framework/record/lab_result.hpp"
#include "framework/tests/command/command_fixture.hpp"
#include "grader/archive/testing/make_archive.hpp"

namespace gradus::tests {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const std::string kLab =
    lab_of_seconds("id = \"classroom\"\ntitle = \"A class\"\n", "", "limits = { cpu_s = 15 }\n") +
    R"(
[[task]]
id = "training"
kind = "train"
model = "submission"

[[rubric]]
id = "runs"
points = 2
check = "accuracy"
task = "training"
of = "best_val"
at_least = 0.0

[[rubric]]
id = "early"
points = 1
bonus = true
check = "accuracy"
task = "training"
of = "best_val"
at_least = 0.01

[profile.full]
recipe.epochs = 2

[profile.grade]
recipe.epochs = 1
)";

class GradeCommand : public CommandTest {
 protected:
  void SetUp() override {
    CommandTest::SetUp();
    write("lab.toml", kLab);
    good = *read_file(paths.plugins() / "simplenn" / "simplenn.cpp");
    hanging = *read_file(fs::path(GRADUS_BAD_PLUGINS) / "endless_loop" / "plugin.cpp");
  }
  /// The state of every submission, "ada graded".
  std::vector<std::string> states() const {
    std::vector<std::string> out;
    const auto grades = read_grades(folder / "out");
    EXPECT_TRUE(grades.ok()) << grades.error().text();
    if (!grades.ok()) return out;
    for (const auto& row : grades->submissions)
      out.push_back(row.name + " " + to_string(row.state));
    return out;
  }
  fs::file_time_type written(const std::string& name) const {
    std::error_code error;
    return fs::last_write_time(folder / "out/results" / name / "result.json", error);
  }
  Json grade(std::vector<std::string> arguments, int exit_code) {
    arguments.insert(arguments.begin(), {"grade", "lab.toml"});
    arguments.insert(arguments.end(), {"--out", "out", "--no-pdf", "--json"});
    const auto done = gradus(arguments, 500'000);
    EXPECT_EQ(done.exit_code, exit_code) << done.out << done.err;
    return json(done);
  }

  /// Waits until the condition holds; false after four minutes.
  template <class Condition>
  static bool eventually(const Condition& condition) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(4);
    while (!condition() && std::chrono::steady_clock::now() < deadline)
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    return condition();
  }

  std::string good, hanging;
};

TEST_F(GradeCommand, EverySubmissionOfAClassEndsInOneStateAndNoneStopsAnother) {
  write("class/ada/src/net.cpp", good);
  write("class/ada/README.md", "my network");
  using grader::testing::file;
  grader::testing::make_archive(folder / "class/bob.tar.gz", "tar.gz",
                                {file("hw1/simplenn.cpp", good)});
  write("class/cleo/net.cpp", "#include <gradus/model.hpp>\nint broken( {\n");
  write("class/dan/net.cpp", hanging);
  grader::testing::make_archive(
      folder / "class/eve.zip", "zip",
      {file("net.cpp", good), file("bomb.hpp", std::string(std::size_t{32} << 20, ' '))});
  ASSERT_TRUE(make_folder(folder / "class/fay").ok());
  write("class/gus.rar", "Rar!");
  grader::testing::make_archive(folder / "class/hal.tar", "tar",
                                {file("net.cpp", good), file("../../evil.cpp", "int e;")});

  const Json first = grade({"class"}, 0);
  EXPECT_EQ(first["profile"], "grade") << "the lab has one of that name";
  EXPECT_THAT(states(),
              ElementsAre("ada graded", "bob graded", "cleo build_failed", "dan limit",
                          "eve rejected", "fay rejected", "gus rejected", "hal rejected"));
  const auto grades = read_grades(folder / "out");
  ASSERT_TRUE(grades.ok());
  EXPECT_EQ(grades->submissions[0].score, 3);
  EXPECT_EQ(grades->submissions[0].maximum, 2);
  EXPECT_EQ(grades->submissions[0].bonus, 1);
  EXPECT_THAT(grades->submissions[2].message, HasSubstr("net.cpp:3"));
  EXPECT_THAT(grades->submissions[3].message, HasSubstr("TIMEOUT in training"));
  EXPECT_THAT(grades->submissions[4].message, HasSubstr("times its size"));
  EXPECT_THAT(grades->submissions[5].message, HasSubstr("no sources"));
  for (const auto& row : grades->submissions) {
    const auto result = read_result(folder / "out" / row.result);
    ASSERT_TRUE(result.ok()) << row.name;
    EXPECT_EQ(result->submission, row.name);
    EXPECT_TRUE(fs::exists(folder / "out" / row.result / "report.html")) << row.name;
  }
  const auto csv = split(*read_file(folder / "out/grades.csv"), '\n');
  ASSERT_EQ(csv.size(), 10U);
  EXPECT_EQ(csv[0],
            "submission,state,score,maximum,bonus,points.runs,points.early,message,seconds\r");
  EXPECT_EQ(csv[1].substr(0, 20), "ada,graded,3,2,1,2,1");
  EXPECT_EQ(csv[3].substr(0, 26), "cleo,build_failed,0,2,0,0,");

  // Called again, nothing is repeated; what changed is.
  const auto before = written("ada");
  const Json second = grade({"class"}, 0);
  EXPECT_EQ(second["skipped"].size(), 8U);
  EXPECT_EQ(written("ada"), before);
  write("class/cleo/net.cpp", good + "// mended\n");
  const Json third = grade({"class"}, 0);
  EXPECT_EQ(third["skipped"].size(), 7U);
  EXPECT_EQ(states()[2], "cleo graded");
  EXPECT_EQ(written("ada"), before);
}

TEST_F(GradeCommand, GoesOnAfterKillNine) {
  const std::vector<std::string> names = {"ada", "bob", "cleo"};
  for (const auto& name : names) write("class/" + name + "/net.cpp", good + "// " + name + "\n");
  const std::string seed = fresh_seed();
  const pid_t pid =
      start({"grade", "lab.toml", "class", "--out", "out", "--no-pdf", "--set", seed});
  const auto ada_is_done = [&] {
    const auto grades = read_grades(folder / "out");
    return grades.ok() && grades->submissions[0].state == GradeState::graded;
  };
  ASSERT_TRUE(eventually(ada_is_done));
  ::kill(pid, SIGKILL);
  int status = 0;
  ::waitpid(pid, &status, 0);
  ASSERT_TRUE(WIFSIGNALED(status)) << "it was killed in the middle";

  EXPECT_THAT(states(), AllOf(::testing::SizeIs(3), ::testing::Contains("cleo not_graded")))
      << "the table is whole and true at every moment";
  EXPECT_THAT(*read_file(folder / "out/grades.csv"), HasSubstr("\r\ncleo,not_graded,,2,,,,"));
  const auto before = written("ada");
  const Json again = grade({"class", "--set", seed}, 0);
  EXPECT_THAT(again["skipped"], ::testing::Contains("ada"));
  EXPECT_EQ(written("ada"), before) << "a finished submission was repeated";
  EXPECT_THAT(states(), ElementsAre("ada graded", "bob graded", "cleo graded"));
  for (const auto& entry : fs::directory_iterator(folder / "out/results"))
    EXPECT_THAT(names, ::testing::Contains(entry.path().filename().string()));
}

TEST_F(GradeCommand, AnInterruptLeavesTheRestNotGradedAndSaysSo) {
  for (const char* name : {"ada", "bob"})
    write(std::string("class/") + name + "/net.cpp", good + "// " + name + "\n");
  const std::string seed = fresh_seed();
  const pid_t pid =
      start({"grade", "lab.toml", "class", "--out", "out", "--no-pdf", "--set", seed});
  ASSERT_TRUE(eventually([&] { return fs::exists(folder / "out/grades.csv"); }));
  ASSERT_EQ(::kill(pid, SIGINT), 0);
  int status = 0;
  ::waitpid(pid, &status, 0);
  ASSERT_TRUE(WIFEXITED(status)) << "it tidied up";
  EXPECT_EQ(WEXITSTATUS(status), 3);
  EXPECT_THAT(states(), ::testing::Contains("bob not_graded"));
  EXPECT_EQ(read_grades(folder / "out")->submissions[1].message, "interrupted");
  // A second call in the same folder has to wait for nobody.
  grade({"class", "--set", seed}, 0);
  EXPECT_THAT(states(), ElementsAre("ada graded", "bob graded"));
}

/// Whether a compiler that has computed for a while runs somewhere below the process.
bool compiles(pid_t top) {
  std::map<pid_t, pid_t> parents;
  std::vector<pid_t> compilers;
  std::error_code error;
  for (fs::directory_iterator at("/proc", error), end; !error && at != end; at.increment(error)) {
    std::ifstream file(at->path() / "stat");
    std::string text;
    if (!std::getline(file, text)) continue;
    const auto open = text.find('('), close = text.rfind(')');  // PID (NAME) STATE PARENT ...
    if (open == std::string::npos || close == std::string::npos) continue;
    const std::vector<std::string> fields = split(text.substr(close + 2), ' ');
    const pid_t pid = std::stoi(text);
    parents[pid] = std::stoi(fields.at(1));
    const std::string name = text.substr(open + 1, close - open - 1);
    const bool long_since = std::stol(fields.at(11)) * 1000 / ::sysconf(_SC_CLK_TCK) > 500;
    if (long_since && (name.starts_with("clang") || name.starts_with("cc1plus")))
      compilers.push_back(pid);
  }
  return std::any_of(compilers.begin(), compilers.end(), [&](pid_t pid) {
    while (pid > 1 && pid != top) pid = parents[pid];
    return pid == top;
  });
}

// A compiler call may take a minute: it is ended, and its submission is neither failed nor graded.
TEST_F(GradeCommand, AnInterruptEndsABuild) {
  write("class/ada/net.cpp",
        "template <int N, long M> struct F { static constexpr long v = F<N - 1, 2 * M>::v + "
        "F<N - 1, 2 * M + 1>::v; };\n"
        "template <long M> struct F<0, M> { static constexpr long v = M; };\n"
        "long endless() { return F<26, 1>::v; }\n// " +
            fresh_seed() + "\n");
  const pid_t pid = start({"grade", "lab.toml", "class", "--out", "out", "--no-pdf"});
  ASSERT_TRUE(eventually([&] { return compiles(pid); }));
  ASSERT_EQ(::kill(pid, SIGINT), 0);
  int status = 0;
  ::waitpid(pid, &status, 0);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 3);
  EXPECT_THAT(states(), ElementsAre("ada not_graded"));
  EXPECT_EQ(read_grades(folder / "out")->submissions[0].message, "interrupted");
}

TEST_F(GradeCommand, WrongCallsStopBeforeAnythingRuns) {
  write("a/ada/net.cpp", good);
  write("ada.zip", "x");
  write("thesis/chapter.txt", "years of work");
  struct Case {
    std::vector<std::string> arguments, said;
  };
  for (const auto& one : std::vector<Case>{
           {{"a/ada", "ada.zip", "--out", "out"}, {"a/ada", "ada.zip", "Rename"}},
           {{"nobody", "--out", "out"}, {"nobody"}},
           {{"a/ada", "--out", "thesis"}, {"thesis", "grades.json"}},
           {{"a/ada", "--out", "ada.zip"}, {"found a file, wanted a folder", "--out"}},
           {{"a/ada", "--out", "ada.zip/deep"}, {"found the file", "ada.zip", "--out"}},
           {{"a/ada", "--out", "/proc/nothing"}, {"/proc", "Give another folder with --out"}},
           {{"a/ada", "--out", "out", "--profile", "grad"}, {"grad", "grade"}},
           {{"a/ada", "--out", "out", "--set", "recipe.epoch=1"}, {"recipe.epoch", "epochs"}},
           {{"a/ada"}, {"--out"}},
       }) {
    std::vector<std::string> arguments = {"grade", "lab.toml"};
    arguments.insert(arguments.end(), one.arguments.begin(), one.arguments.end());
    const auto done = gradus(arguments);
    EXPECT_EQ(done.exit_code, 2) << done.out << done.err;
    for (const auto& text : one.said) EXPECT_THAT(done.err, HasSubstr(text));
    EXPECT_FALSE(fs::exists(folder / "out"));
  }
  EXPECT_EQ(*read_file(folder / "thesis/chapter.txt"), "years of work");
}

TEST_F(GradeCommand, RegradeFollowsTheRubricAndRunsNothing) {
  write("ada/net.cpp", good);
  write("bob/net.cpp", "int broken( {\n");
  grade({"ada", "bob"}, 0);
  const auto replaced = [&](const std::string& from, const std::string& to) {
    std::string text = kLab;
    text.replace(text.find(from), from.size(), to);
    write("lab.toml", text);
  };
  const auto regrade = [&](const std::string& place) {
    return gradus({"regrade", place, "--lab", "lab.toml", "--no-pdf", "--json"});
  };
  replaced("points = 2", "points = 5");
  const auto one = regrade("out/results/ada");
  EXPECT_EQ(one.exit_code, 0) << one.out << one.err;
  EXPECT_EQ(json(one)["score"], 6);
  EXPECT_THAT(*read_file(folder / "out/results/ada/report.html"), HasSubstr("of 5"));
  const auto all = regrade("out");
  EXPECT_EQ(all.exit_code, 0) << "bob has a state: he still does not build. " << all.err;
  EXPECT_EQ(json(all)["submissions"][0]["score"], 6);
  EXPECT_EQ(json(all)["submissions"][1]["maximum"], 5);
  EXPECT_THAT(*read_file(folder / "out/grades.csv"), HasSubstr("ada,graded,6,5,1,5,1"));
  // `grade` with the changed lab agrees, and knows that it has to look.
  const Json graded = grade({"ada", "bob"}, 0);
  EXPECT_THAT(graded["skipped"], IsEmpty());
  EXPECT_EQ(graded["submissions"][0]["score"], 6);

  replaced("epochs = 1", "epochs = 3");
  const auto other = gradus({"regrade", "out", "--lab", "lab.toml"});
  EXPECT_EQ(other.exit_code, 2) << other.out;
  EXPECT_THAT(other.err, AllOf(HasSubstr("ada"), HasSubstr("the run training is missing"),
                               HasSubstr("recipe.epochs is 3")));
  EXPECT_THAT(*read_file(folder / "out/grades.csv"), HasSubstr("ada,graded,6,5,1,5,1"));
  EXPECT_EQ(gradus({"regrade", "."}).exit_code, 2);
}

}  // namespace
}  // namespace gradus::tests
