#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>

#include <chrono>
#include <thread>

#include "framework/record/evidence.hpp"
#include "framework/record/lab_result.hpp"
#include "framework/tests/command/command_fixture.hpp"

namespace gradus::tests {
namespace {

using ::testing::HasSubstr;
class RunCommand : public CommandTest {};

std::map<std::string, std::string> started_times(const fs::path& folder) {
  std::map<std::string, std::string> out;
  const auto result = read_result(folder);
  if (!result.ok()) return out;
  for (const auto& run : result->runs) {
    const auto evidence = read_evidence(folder / "runs" / run.run_hash);
    if (evidence.ok())
      out[run.run_hash] = evidence->observed.started + std::to_string(evidence->observed.wall_ms);
  }
  return out;
}

TEST_F(RunCommand, TheSmokeProfileTrainsGradesAndReportsThenIsCached) {
  const std::string seed = fresh_seed();
  const std::vector<std::string> arguments = {"run",   "simplenn", "--profile", "smoke",
                                              "--set", seed,       "--out"};
  auto first_arguments = arguments;
  first_arguments.push_back("first");
  const auto first = gradus(first_arguments);
  EXPECT_THAT(first.exit_code, ::testing::AnyOf(0, 1)) << first.out << first.err;
  const auto result = read_result(folder / "first");
  ASSERT_TRUE(result.ok()) << result.error().text();
  EXPECT_EQ(result->state, "graded");
  EXPECT_EQ(result->sandbox, "full");
  EXPECT_GT(result->score, 0);
  EXPECT_THAT(first.out, HasSubstr("Score"));
  EXPECT_THAT(first.err, HasSubstr("plan: 3 distinct runs, 2 epochs, 1,024 images"));
  EXPECT_EQ(first.out.find("\033"), std::string::npos);
  EXPECT_GT(fs::file_size(folder / "first" / "report.html"), 10'000U);
  EXPECT_EQ(read_file(folder / "first" / "report.pdf")->substr(0, 5), "%PDF-");
  for (const auto& run : result->runs) {
    const auto evidence = read_evidence(folder / "first" / "runs" / run.run_hash);
    ASSERT_TRUE(evidence.ok()) << evidence.error().text();
    EXPECT_EQ(evidence->evidence.status, "done");
    EXPECT_EQ(evidence->evidence.parameters, 82030);
  }

  auto second_arguments = arguments;
  second_arguments.push_back("second");
  const auto second = gradus(second_arguments);
  EXPECT_EQ(second.exit_code, first.exit_code);
  EXPECT_EQ(started_times(folder / "second"), started_times(folder / "first"))
      << "nothing is trained twice";
  EXPECT_EQ(*read_file(folder / "second" / "result.json"),
            *read_file(folder / "first" / "result.json"));
  EXPECT_EQ(*read_file(folder / "second" / "report.html"),
            *read_file(folder / "first" / "report.html"));
  EXPECT_EQ(*read_file(folder / "second" / "report.pdf"),
            *read_file(folder / "first" / "report.pdf"));
}

/// A lab of one probe of a reference model.
std::string lab_of_reference(const std::string& model, const std::string& submission) {
  return lab_of_seconds("id = \"reference\"\ntitle = \"A lab\"\n", submission) +
         "[[task]]\nid = \"sanity\"\nkind = \"probe\"\nmodel = " + model +
         "\nprobes = [\"shape\"]\n[[rubric]]\nid = \"output\"\npoints = 1\ncheck = \"shape\"\n"
         "task = \"sanity\"\n";
}

TEST_F(RunCommand, AReferencePluginThatAlsoStandsInIsBuiltAndSaidOnce) {
  write("lab.toml", lab_of_reference("\"reference:simplenn\"", "reference = [\"simplenn\"]\n"));
  const auto done = gradus({"run", "lab.toml", "--out", "out", "--no-pdf"});
  EXPECT_EQ(done.exit_code, 0) << done.out << done.err;
  const std::string said = "building the reference plugin simplenn";
  const std::size_t first = done.err.find(said);
  ASSERT_NE(first, std::string::npos) << done.err;
  EXPECT_EQ(done.err.find(said, first + 1), std::string::npos) << done.err;
}

// The submission had no points for it.
TEST_F(RunCommand, AnOptionThatAReferencePluginRefusesIsTheLabsFault) {
  write("lab.toml",
        lab_of_reference("{ use = \"reference:resnet\", options = { depth = 21 } }", ""));
  write("ada/net.cpp", *read_file(paths.plugins() / "simplenn" / "simplenn.cpp"));
  const auto done = gradus({"run", "lab.toml", "--submission", "ada", "--out", "out", "--no-pdf"});
  EXPECT_EQ(done.exit_code, 2) << done.out << done.err;
  EXPECT_THAT(done.err, HasSubstr("task.sanity: found model = reference:resnet with depth = 21"));
  EXPECT_THAT(done.err, HasSubstr("no submission is at fault"));
  EXPECT_FALSE(fs::exists(folder / "out" / "result.json"));
}

/// Their teams were more tasks than a worker might have, and the submission had no points for it.
TEST_F(RunCommand, ManyThreadsAreNotTheSubmissionsFault) {
  write("lab/lab.toml", lab_of_seconds("id = \"threads\"\ntitle = \"Many threads\"\n",
                                       "reference = [\"simplenn\"]\n", "threads = 80\n") +
                            R"(
[recipe]
epochs = 1
batch = 64
optimizer = { name = "sgd", lr = 0.01, momentum = 0.9, weight_decay = 1e-4 }

[[task]]
id = "training"
kind = "train"

[[rubric]]
id = "trained"
points = 1
check = "accuracy"
task = "training"
of = "best_val"
at_least = 0.01
)");
  const auto done = gradus({"run", "./lab", "--set", "run.train_images=64", "--set", fresh_seed(),
                            "--no-pdf", "--out", "out"});
  EXPECT_EQ(done.exit_code, 0) << done.out << done.err;
  const auto result = read_result(folder / "out");
  ASSERT_TRUE(result.ok()) << done.err;
  EXPECT_EQ(result->score, 1);
}

TEST_F(RunCommand, TwoTrainingsOfOnePlanGiveEqualEvidence) {
  const std::string seed = fresh_seed();
  for (const char* out : {"first", "second"}) {
    gradus({"run", "simplenn", "--profile", "smoke", "--set", seed, "--fresh", "--no-pdf", "--out",
            out});
  }
  EXPECT_NE(started_times(folder / "first"), started_times(folder / "second"))
      << "both were trained";
  const auto result = read_result(folder / "first");
  ASSERT_TRUE(result.ok());
  ASSERT_FALSE(result->runs.empty());
  for (const auto& run : result->runs) {
    const fs::path one = folder / "first" / "runs" / run.run_hash,
                   other = folder / "second" / "runs" / run.run_hash;
    std::size_t compared = 0;
    for (const auto& entry : fs::recursive_directory_iterator(one)) {
      if (!entry.is_regular_file() || entry.path().filename() == "observed.json") continue;
      EXPECT_EQ(*read_file(entry.path()), *read_file(other / fs::relative(entry.path(), one)))
          << entry.path();
      ++compared;
    }
    EXPECT_GE(compared, 2U);
  }
}

// kill -9 at several instants; what is finished then is not repeated afterwards, nothing
// half-written is ever believed, and nothing is left running.
TEST_F(RunCommand, SurvivesKillNineAtAnyInstantAndGoesOn) {
  const std::string seed = fresh_seed();
  for (const int after_ms : {300, 2500, 6000}) {
    const pid_t pid = start({"run", "tuning", "--profile", "smoke", "--set", seed, "--jobs", "1",
                             "--out", "out", "--no-pdf"});
    std::this_thread::sleep_for(
        std::chrono::milliseconds(after_ms));  // an instant, not a wait for something
    ::kill(pid, SIGKILL);
    int status = 0;
    ::waitpid(pid, &status, 0);
  }
  std::map<std::string, fs::file_time_type> finished;
  for (const auto& entry : fs::directory_iterator(paths.evidence())) {
    const auto evidence = read_evidence(entry.path());
    EXPECT_TRUE(evidence.ok()) << "half-written evidence: " << entry.path();
    finished[entry.path().filename()] = fs::last_write_time(entry.path() / "run.json");
  }
  const auto done =
      gradus({"run", "tuning", "--profile", "smoke", "--set", seed, "--out", "out", "--no-pdf"});
  EXPECT_THAT(done.exit_code, ::testing::AnyOf(0, 1)) << done.err;
  const auto result = read_result(folder / "out");
  ASSERT_TRUE(result.ok());
  for (const auto& run : result->runs) {
    if (!finished.contains(run.run_hash)) continue;
    EXPECT_EQ(fs::last_write_time(paths.evidence() / run.run_hash / "run.json"),
              finished[run.run_hash])
        << "a finished run was repeated";
  }
}

TEST_F(RunCommand, NeverOverwritesAFolderThatIsNoResult) {
  ASSERT_TRUE(make_folder(folder / "thesis").ok());
  ASSERT_TRUE(write_file(folder / "thesis" / "chapter.txt", "years of work").ok());
  const auto done = gradus({"run", "simplenn", "--profile", "smoke", "--out", "thesis"});
  EXPECT_EQ(done.exit_code, 2) << done.out << done.err;
  EXPECT_EQ(*read_file(folder / "thesis" / "chapter.txt"), "years of work");
}

TEST_F(RunCommand, ASubmissionThatDoesNotCompileIsAResultWithTheCompilersWords) {
  ASSERT_TRUE(make_folder(folder / "sub").ok());
  ASSERT_TRUE(
      write_file(folder / "sub" / "net.cpp", "#include <gradus/model.hpp>\nint broken( {\n").ok());
  const auto done =
      gradus({"run", "simplenn", "--profile", "smoke", "--submission", "sub", "--out", "out"});
  EXPECT_EQ(done.exit_code, 1) << done.out << done.err;
  const auto result = read_result(folder / "out");
  ASSERT_TRUE(result.ok()) << done.err;
  EXPECT_EQ(result->state, "build_failed");
  EXPECT_EQ(result->score, 0);
  ASSERT_TRUE(result->failure.has_value());
  EXPECT_THAT(result->failure->what, HasSubstr("net.cpp:2"));
  EXPECT_TRUE(fs::exists(folder / "out" / "report.html"));
}

TEST_F(RunCommand, EveryScaffoldPassesItsCheckUntouched) {
  for (const char* kind : {"model", "activation", "augmentation"}) {
    const std::string name = std::string("my_") + kind;
    const auto made = gradus({"new", kind, name});
    ASSERT_EQ(made.exit_code, 0) << made.err;
    const auto checked = gradus({"check", name});
    EXPECT_EQ(checked.exit_code, 0) << checked.out << checked.err;
    EXPECT_THAT(checked.out, HasSubstr("pass"));
    EXPECT_EQ(gradus({"new", kind, name}).exit_code, 2)
        << "an existing folder is never overwritten";
  }
}

}  // namespace
}  // namespace gradus::tests
