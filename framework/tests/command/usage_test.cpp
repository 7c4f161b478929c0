#include <gmock/gmock.h>

#include "framework/tests/command/command_fixture.hpp"

namespace gradus::tests {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class Usage : public CommandTest {};

TEST_F(Usage, HelpAndVersionArePrintedAndSucceed) {
  for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{
           {"--help"}, {"run", "--help"}, {"data", "get", "--help"}, {"--version"}}) {
    const auto done = gradus(arguments);
    EXPECT_EQ(done.exit_code, 0) << done.err;
    EXPECT_FALSE(done.out.empty());
  }
}

TEST_F(Usage, AWrongCommandLineIsExitCodeTwoAndSaysWhereToLook) {
  for (const std::vector<std::string>& arguments :
       std::vector<std::vector<std::string>>{{},
                                             {"frobnicate"},
                                             {"run"},
                                             {"run", "simplenn", "--nonsense"},
                                             {"run", "simplenn", "--jobs", "-3"},
                                             {"new", "model"},
                                             {"data"}}) {
    const auto done = gradus(arguments);
    EXPECT_EQ(done.exit_code, 2) << done.out << done.err;
    EXPECT_THAT(done.err, HasSubstr("--help"));
  }
}

TEST_F(Usage, NoNameOfSomethingUnknownPassesAndEachErrorShowsIt) {
  struct Case {
    std::vector<std::string> arguments;
    std::vector<std::string> said;
    int exit_code;
  };
  const std::vector<Case> cases = {
      {{"chek", "my_net"}, {"'chek'", "did you mean 'check'"}, 2},
      {{"data", "lst"}, {"'lst'", "did you mean 'list'"}, 2},
      {{"run", "simplen"}, {"simplen", "simplenn"}, 2},
      {{"lab", "show", "simplenn", "--profile", "quik"}, {"quik", "quick"}, 2},
      {{"run", "simplenn", "--profile", "smoke", "--set", "recipe.epoch=1"},
       {"recipe.epoch", "epochs"},
       2},
      {{"run", "simplenn", "--profile", "smoke", "--set", "recipe.epochs"}, {"KEY=VALUE"}, 2},
      {{"run", "simplenn", "--profile", "smoke", "--sandbox", "none"}, {"none", "reduced"}, 2},
      {{"run", "simplenn", "--profile", "smoke", "--task", "baselin"}, {"baselin"}, 2},
      {{"data", "get", "cifar11"}, {"cifar11", "cifar10"}, 2},
      {{"data", "show", "cifar11"}, {"cifar11", "did you mean 'cifar10'"}, 2},
      {{"report", "."}, {"result.json"}, 2},
      {{"new", "model", "Not A Name"}, {"Not A Name"}, 2},
      {{"new", "model", "../escape"}, {"../escape"}, 2},
      {{"check", "no-such-folder"}, {"no-such-folder"}, 2},
      {{"check", ".", "--level", "0"}, {"--level", "0", "1", "10"}, 2},
      {{"check", ".", "--level", "11"}, {"--level", "11", "10"}, 2},
      {{"check", ".", "--level", "strict"}, {"--level", "strict"}, 2},
      {{"check", ".", "--levle", "3"},
       {"unknown option '--levle'", "did you mean '--level'?", "see 'gradus check --help'"},
       2},
      {{"lab", "check"}, {"LAB is required", "see 'gradus lab check --help'"}, 2},
      {{"run", "simplenn", "--out", "/proc/nothing"}, {"/proc", "Give another folder"}, 2},
  };
  for (const auto& one : cases) {
    const auto done = gradus(one.arguments);
    EXPECT_EQ(done.exit_code, one.exit_code)
        << ::testing::PrintToString(one.arguments) << done.out << done.err;
    for (const auto& text : one.said) EXPECT_THAT(done.err, HasSubstr(text));
  }
}

TEST_F(Usage, AFolderWithoutSourcesIsNamed) {
  write("nothing/README.md", "x");
  const auto done = gradus({"check", "nothing"});
  EXPECT_EQ(done.exit_code, 1) << "the plugin is not there yet: it falls short";
  EXPECT_THAT(done.err, HasSubstr("nothing: BUILD_FAILED in build: the folder holds no *.cpp"));
}

TEST_F(Usage, UnderJsonAnErrorIsOneDocument) {
  const auto done = gradus({"lab", "show", "nothing", "--json"});
  EXPECT_EQ(done.exit_code, 2);
  const Json error = json(done);
  ASSERT_TRUE(error.is_object()) << done.out;
  EXPECT_EQ(error["error"]["fault"], "user");
}

TEST_F(Usage, ControlCharactersOfAnArgumentNeverReachTheTerminal) {
  const auto done = gradus({"run", "\033[31mred"});
  EXPECT_EQ(done.exit_code, 2);
  EXPECT_THAT(done.err, Not(HasSubstr("\033")));
}

TEST_F(Usage, NorThoseOfALabsTitles) {
  const std::string sound = *read_file(fs::path(GRADUS_STOPPING_LAB));
  const std::string from = "title = \"Sweeps that stop early\"";
  const auto at = sound.find(from);
  ASSERT_NE(at, std::string::npos);
  write("lab.toml", sound.substr(0, at) + "title = \"red \\u001b[31m \\u202e\"" +
                        sound.substr(at + from.size()));
  const auto shown = gradus({"lab", "show", "lab.toml"});
  EXPECT_EQ(shown.exit_code, 0) << shown.err;
  EXPECT_THAT(shown.out, AllOf(HasSubstr("red "), Not(HasSubstr("\033[31m")),
                               Not(HasSubstr("\u202e"))));
}

TEST_F(Usage, LabsAreListedAndTheirPlansShown) {
  const Json labs = json(gradus({"lab", "list", "--json"}));
  ASSERT_TRUE(labs.is_array());
  std::vector<std::string> names;
  for (const auto& lab : labs) names.push_back(lab.value("lab", ""));
  EXPECT_THAT(names, ::testing::IsSupersetOf({"simplenn", "tuning"}));

  const Json plan = json(gradus({"lab", "show", "tuning", "--profile", "full", "--json"}));
  std::vector<double> rates;
  for (const auto& run : plan["runs"]) {
    if (run["task"] == "lr_sweep" && run["trial"] == 0) rates.push_back(run["arm"]["optimizer.lr"].get<double>());
  }
  EXPECT_THAT(rates, ::testing::UnorderedElementsAre(1.0, .1, .05, .02, .01, .005, .002, .001));
  for (const char* profile : {"smoke", "demo", "quick", "full"}) {
    EXPECT_EQ(gradus({"lab", "show", "simplenn", "--profile", profile}).exit_code, 0) << profile;
  }
  EXPECT_EQ(gradus({"lab", "check", "simplenn"}).exit_code, 0);
  EXPECT_EQ(gradus({"lab", "check", "tuning"}).exit_code, 0);
}

TEST_F(Usage, AnUnwritableHomeAndARelativeOneAreNamed) {
  Command command;
  command.argv = {program.string(), "lab", "list"};
  command.env = {{"GRADUS_HOME", "relative/home"}};
  const auto done = run(command);
  ASSERT_TRUE(done.ok());
  EXPECT_EQ(done->exit_code, 2);
  EXPECT_THAT(done->err, HasSubstr("GRADUS_HOME"));
}

}  // namespace
}  // namespace gradus::tests
