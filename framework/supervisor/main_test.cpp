// gradus-supervisor as a program: arguments, exit codes, lines on standard output.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "framework/core/process.hpp"
#include "framework/core/text.hpp"
#include "framework/supervisor/testing/fixture.hpp"

namespace gradus::supervisor {
namespace {

using testing::HasSubstr;

class Program : public testing::Test {
 protected:
  Completed call(const std::vector<std::string>& arguments) {
    Command command;
    command.argv = {installation_.paths().program("gradus-supervisor").string()};
    command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
    auto completed = run(command);
    EXPECT_TRUE(completed.ok());
    return completed.ok() ? *completed : Completed{};
  }
  Completed call_with_plan(const std::string& plan) {
    EXPECT_TRUE(write_file(home() / "plan.json", plan).ok());
    return call(
        {"--plan", (home() / "plan.json").string(), "--staging", (home() / "staging").string()});
  }
  fs::path home() const { return installation_.paths().home; }
  static Json last_line(const std::string& out) {
    const auto lines = split(out, '\n');
    return lines.size() < 2 ? Json() : Json::parse(lines[lines.size() - 2], nullptr, false);
  }

  fake::FakeInstallation installation_;
};

TEST_F(Program, LeavesEvidenceAndSaysHowItWent) {
  const Completed done = call_with_plan(to_json(installation_.plan("good")).dump());
  EXPECT_EQ(done.exit_code, 0) << done.err;
  EXPECT_EQ(last_line(done.out).value("state", ""), "done");
  EXPECT_EQ(last_line(done.out).value("epochs", 0), 3);
  EXPECT_TRUE(read_evidence(home() / "staging").ok());
}

TEST_F(Program, AFailedSubmissionIsSuccessOfTheSupervisor) {
  const Completed done = call_with_plan(to_json(installation_.plan("trainer_load_exit0")).dump());
  EXPECT_EQ(done.exit_code, 0) << done.err;
  EXPECT_EQ(last_line(done.out).value("state", ""), "failed");
  EXPECT_EQ(read_evidence(home() / "staging")->evidence.failure->code, "LOAD_FAILED");
}

TEST_F(Program, OurFaultExitsWith3AndTheFailureAsLastLine) {
  fs::remove(installation_.paths().program("gradus-worker"));
  const Completed done = call_with_plan(to_json(installation_.plan("good")).dump());
  EXPECT_EQ(done.exit_code, 3);
  EXPECT_EQ(last_line(done.out)["failure"].value("fault", ""), "infrastructure");
  EXPECT_FALSE(fs::exists(home() / "staging" / "run.json"));
}

TEST_F(Program, RefusesWhatIsNoPlan) {
  for (const char* plan : {"", "{", "[]", "{\"schema\": \"gradus.plan/1\"}"}) {
    const Completed done = call_with_plan(plan);
    EXPECT_NE(done.exit_code, 0) << plan;
    EXPECT_TRUE(last_line(done.out).contains("failure")) << plan;
  }
}

TEST_F(Program, RefusesWrongArguments) {
  EXPECT_EQ(call({}).exit_code, 2);
  EXPECT_EQ(call({"--plan", "x"}).exit_code, 2);
  EXPECT_THAT(call({"--plan", "x", "--other", "y"}).err, HasSubstr("usage"));
  EXPECT_THAT(call({"--plan", "x", "--staging", "y", "--other", "z"}).err, HasSubstr("usage"));
  EXPECT_THAT(call({"--plan", "x", "--staging", "y", "--gpu"}).err, HasSubstr("usage"));
}

}  // namespace
}  // namespace gradus::supervisor
