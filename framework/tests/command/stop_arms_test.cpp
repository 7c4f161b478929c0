// Sweeps whose hopeless arms stop early, through the whole program.

#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>

#include <map>
#include <thread>

#include "framework/record/evidence.hpp"
#include "framework/record/grades.hpp"
#include "framework/record/lab_result.hpp"
#include "framework/tests/command/command_fixture.hpp"

namespace gradus::tests {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class StopArmsCommand : public CommandTest {
 protected:
  Completed run_lab(const std::string& out, std::vector<std::string> more = {}) const {
    std::vector<std::string> arguments = {"run", GRADUS_STOPPING_LAB, "--set", seed_, "--out",
                                          out,   "--no-pdf"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return gradus(std::move(arguments));
  }
  LabResult result(const std::string& name) const {
    auto found = read_result(folder / name);
    EXPECT_TRUE(found.ok()) << found.error().text();
    return found.ok() ? *found : LabResult{};
  }
  /// File name → content of a run's evidence, but for what differs from run to run.
  std::map<std::string, std::string> files(const std::string& name, const std::string& hash) const {
    std::map<std::string, std::string> found;
    for (const auto& file : fs::directory_iterator(folder / name / "runs" / hash)) {
      if (file.path().filename() == "observed.json") continue;
      found[file.path().filename()] = read_file(file.path()).value();
    }
    return found;
  }
  std::string seed_ = fresh_seed();
};

TEST_F(StopArmsCommand, ArmsThatGoOnHaveTheEvidenceOfACompleteSweep) {
  // How many arms a rung stops hangs on how they train: one seed, trained anew.
  seed_ = "run.seed=7";
  const Completed stopping = run_lab("stopping", {"--fresh"});
  EXPECT_EQ(stopping.exit_code, 0) << stopping.out << stopping.err;
  EXPECT_THAT(stopping.err, HasSubstr("6 distinct runs, about 16 epochs, at most 24; "))
      << "two arms are one training";
  EXPECT_THAT(stopping.err, HasSubstr("stopped after 1 of 4 epochs (halving: 3rd of 4, best two go "
                                      "on)"));
  EXPECT_THAT(stopping.err, HasSubstr("stopped after 2 of 4 epochs (median rule: "));
  const LabResult stopped = result("stopping");

  const Completed complete = run_lab("complete", {"--complete", "--fresh"});
  EXPECT_EQ(complete.exit_code, 0) << complete.out << complete.err;
  EXPECT_THAT(complete.err, Not(HasSubstr("stopped after")));
  const LabResult whole = result("complete");

  ASSERT_EQ(stopped.runs.size(), 7U);
  ASSERT_EQ(whole.runs.size(), 7U);
  std::map<std::string, int> ended;
  for (std::size_t i = 0; i < 7; ++i) {
    const ResultRun &one = stopped.runs[i], &other = whole.runs[i];
    EXPECT_EQ(other.stopped_after, std::nullopt);
    const std::string end = one.stopped_after ? std::to_string(*one.stopped_after) : "end";
    ++ended[one.task + " " + end];
    if (one.stopped_after) {
      EXPECT_NE(one.run_hash, other.run_hash);
      const auto evidence = read_evidence(folder / "stopping" / "runs" / one.run_hash);
      ASSERT_TRUE(evidence.ok());
      EXPECT_EQ(evidence->evidence.epochs.back().epoch, *one.stopped_after);
      EXPECT_TRUE(evidence->evidence.scores.contains("test"));
    } else {
      EXPECT_EQ(one.run_hash, other.run_hash);
      EXPECT_EQ(files("stopping", one.run_hash), files("complete", other.run_hash)) << one.id;
    }
    EXPECT_FALSE(fs::exists(paths.home / "checkpoints" / other.run_hash)) << "the arm is over";
  }
  EXPECT_EQ(ended["lr_sweep 1"], 2);
  EXPECT_EQ(ended["lr_sweep 2"], 1);
  EXPECT_EQ(ended["lr_sweep end"], 1);
  EXPECT_EQ(ended["l2_sweep 2"], 1);
  EXPECT_THAT(stopped.rubric[0].feedback,
              HasSubstr("Not complete: 3 of 4 arms were stopped early"));
  EXPECT_THAT(*read_file(folder / "stopping" / "report.html"),
              AllOf(HasSubstr("Stopped early."), HasSubstr("stopped after 1 epoch")));
  EXPECT_THAT(*read_file(folder / "complete" / "report.html"), Not(HasSubstr("topped early")));

  // Everything is there: the same again, and marked again.
  const Completed again = run_lab("again");
  EXPECT_THAT(again.err, HasSubstr("stopped after 1 of 4 epochs"));
  EXPECT_EQ(*read_file(folder / "again" / "result.json"),
            *read_file(folder / "stopping" / "result.json"));
  for (const char* name : {"stopping", "complete"}) {
    const std::string before = *read_file(folder / name / "result.json");
    std::vector<std::string> arguments = {"regrade", name,  "--lab",      GRADUS_STOPPING_LAB,
                                          "--set",   seed_, "--no-report"};
    const Completed marked = gradus(arguments);  // it knows whether it was made with --complete
    EXPECT_EQ(marked.exit_code, 0) << marked.err;
    EXPECT_EQ(*read_file(folder / name / "result.json"), before);
  }
}

/// Each arm's end and evidence do not tell whether the sweep was killed, between rungs or within.
TEST_F(StopArmsCommand, AKilledSweepStopsTheSameArms) {
  for (const int after_ms : {1500, 4000, 4000}) {
    const pid_t pid = start({"run", GRADUS_STOPPING_LAB, "--set", seed_, "--out", "killed"});
    std::this_thread::sleep_for(std::chrono::milliseconds(after_ms));
    ::kill(pid, SIGKILL);
    int status = 0;
    ::waitpid(pid, &status, 0);
  }
  const Completed done = run_lab("killed");
  EXPECT_EQ(done.exit_code, 0) << done.err;
  const LabResult killed = result("killed");
  EXPECT_EQ(run_lab("undisturbed", {"--fresh"}).exit_code, 0);
  const LabResult undisturbed = result("undisturbed");
  ASSERT_EQ(killed.runs.size(), 7U);
  ASSERT_EQ(undisturbed.runs.size(), 7U);
  for (std::size_t i = 0; i < 7; ++i) {
    const ResultRun &one = killed.runs[i], &other = undisturbed.runs[i];
    EXPECT_EQ(one.run_hash, other.run_hash) << one.id;
    EXPECT_EQ(one.stopped_after, other.stopped_after) << one.id;
    EXPECT_EQ(files("killed", one.run_hash), files("undisturbed", one.run_hash)) << one.id;
  }
}

/// The rungs of each submission's sweep are decided among its own arms.
TEST_F(StopArmsCommand, AClassIsGradedWithThemToo) {
  const std::string source = *read_file(paths.plugins() / "simplenn" / "simplenn.cpp");
  write("class/ada/net.cpp", source);
  write("class/bob/net.cpp", source + "// bob's\n");
  const Completed graded = gradus({"grade", GRADUS_STOPPING_LAB, "class", "--profile", "full",
                                   "--set", seed_, "--out", "out", "--no-pdf"});
  EXPECT_EQ(graded.exit_code, 0) << graded.err;
  const auto grades = read_grades(folder / "out");
  ASSERT_TRUE(grades.ok()) << grades.error().text();
  ASSERT_EQ(grades->submissions.size(), 2U);
  for (const auto& row : grades->submissions) {
    EXPECT_EQ(to_string(row.state), std::string("graded")) << row.message;
    const auto found = read_result(folder / "out" / row.result);
    ASSERT_TRUE(found.ok()) << found.error().text();
    int ended_early = 0;
    for (const ResultRun& run : found->runs) ended_early += run.stopped_after ? 1 : 0;
    EXPECT_GE(ended_early, 3) << "two at the first rung and one at the second, at least";
    EXPECT_THAT(found->rubric[0].feedback, HasSubstr("arms were stopped early"));
  }
  const Completed whole = gradus({"grade", GRADUS_STOPPING_LAB, "class", "--profile", "full",
                                  "--set", seed_, "--complete", "--out", "complete", "--no-pdf"});
  EXPECT_EQ(whole.exit_code, 0) << whole.err;
  const auto complete = read_grades(folder / "complete");
  ASSERT_TRUE(complete.ok());
  for (const auto& row : complete->submissions) {
    const auto found = read_result(folder / "complete" / row.result);
    ASSERT_TRUE(found.ok());
    for (const ResultRun& run : found->runs) EXPECT_EQ(run.stopped_after, std::nullopt) << run.id;
  }
}

TEST_F(StopArmsCommand, TheLabsGradingProfileWantsAllOfThem) {
  const Completed shown = gradus({"lab", "show", GRADUS_STOPPING_LAB, "--profile", "grade"});
  EXPECT_THAT(shown.out,
              AllOf(HasSubstr(", 24 epochs"), Not(HasSubstr("up to")), HasSubstr("  3 points\n")));
  EXPECT_THAT(gradus({"lab", "show", GRADUS_STOPPING_LAB}).out,
              AllOf(HasSubstr("1 up to 4"), HasSubstr("about 16 epochs, at most 24; ")));
  std::string text = *read_file(GRADUS_STOPPING_LAB);
  text.replace(text.find("points = 2"), 10, "points = 0");
  write("one/lab.toml", text);
  EXPECT_THAT(gradus({"lab", "show", "one/lab.toml"}).out, HasSubstr("  1 point\n"));
  const Completed checked = gradus({"lab", "check", GRADUS_STOPPING_LAB});
  EXPECT_EQ(checked.exit_code, 0) << checked.out;
}

}  // namespace
}  // namespace gradus::tests
