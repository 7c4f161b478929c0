// Hands each bad plugin to the installed command as a submission, and compares verdict and message
// with the folder's expected.txt:
//
//   code: LOAD_FAILED        the failure's code, of the build or of the run
//   says: text               a part of its message, or of the failed rubric item's feedback
//   cure: text               a part of what to do about it
//   rubric: parameters fail  the verdict of a rubric item, where the run itself goes through
//
// However a plugin fails, the command itself must not: exit code 1, a whole result, nothing left
// running.

#include "framework/tests/bad_plugins/table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "framework/core/text.hpp"
#include "framework/tests/command/command_fixture.hpp"

namespace gradus::tests {
namespace {

using ::testing::HasSubstr;

const fs::path kFolder = GRADUS_BAD_PLUGINS;

struct Line {
  std::string key, value;
};

std::vector<Line> expected(const std::string& name) {
  std::vector<Line> lines;
  const auto text = read_file(kFolder / name / "expected.txt");
  EXPECT_TRUE(text.ok());
  if (!text.ok()) return lines;
  for (const std::string& line : split(*text, '\n')) {
    if (const auto colon = line.find(": "); colon != std::string::npos) {
      lines.push_back({line.substr(0, colon), line.substr(colon + 2)});
    }
  }
  return lines;
}

/// The failure of the build, or of the first run that has one.
Json failure_of(const Json& result, const fs::path& folder) {
  if (result.contains("failure") && result["failure"].is_object()) return result["failure"];
  std::error_code code;
  for (fs::directory_iterator it(folder / "runs", code), end; !code && it != end;
       it.increment(code)) {
    const auto text = read_file(it->path() / "run.json");
    const Json run = Json::parse(text.ok() ? *text : "", nullptr, false);
    if (run.is_object() && run.contains("failure") && run["failure"].is_object())
      return run["failure"];
  }
  return Json::object();
}

class BadPlugin : public CommandTest, public ::testing::WithParamInterface<const char*> {
 protected:
  /// The folder as a student would hand it in.
  fs::path submission() const {
    const std::string name = GetParam();
    const fs::path copy = folder / name;
    EXPECT_TRUE(copy_tree(kFolder / name, copy).ok());
    EXPECT_TRUE(remove_tree(copy / "expected.txt").ok());
    if (name == "truncated") {  // the head of a real library; binaries are not kept in the tree
      const auto whole = read_file(paths.program("gradus-inspect"));
      EXPECT_TRUE(whole.ok());
      EXPECT_TRUE(write_file(copy / "plugin.so", whole->substr(0, 5000)).ok());
    }
    return copy;
  }
};

TEST_P(BadPlugin, GetsItsVerdictAndAMessageThatHelps) {
  const auto done = gradus({"run", (kFolder / "lab.toml").string(), "--submission",
                            submission().string(), "--out", "result", "--no-pdf", "--json"},
                           550'000);
  const Json result = json(done);
  ASSERT_TRUE(result.is_object()) << done.out << done.err;
  const Json failure = failure_of(result, folder / "result");
  std::string said = failure.value("what", "");
  for (const Json& item : result["rubric"]) {
    if (item["verdict"] != "pass") said += "\n" + item.value("feedback", "");
  }
  bool full = true;
  for (const auto& [key, value] : expected(GetParam())) {
    if (key == "code") {
      EXPECT_EQ(failure.value("code", ""), value) << said;
      EXPECT_EQ(failure.value("fault", ""), "submission");
      full = false;
    } else if (key == "says") {
      EXPECT_THAT(said, HasSubstr(value));
    } else if (key == "cure") {
      EXPECT_THAT(failure.value("cure", ""), HasSubstr(value));
    } else {
      ASSERT_EQ(key, "rubric");
      const auto space = value.find(' ');
      const Json& rubric = result["rubric"];
      const auto item = std::find_if(rubric.begin(), rubric.end(), [&](const Json& entry) {
        return entry["id"] == value.substr(0, space);
      });
      ASSERT_NE(item, rubric.end()) << value;
      EXPECT_EQ((*item)["verdict"], value.substr(space + 1)) << said;
      full = full && value.ends_with(" pass");
    }
  }
  EXPECT_EQ(done.exit_code, full ? 0 : 1) << done.err;
}

INSTANTIATE_TEST_SUITE_P(All, BadPlugin, ::testing::ValuesIn(kBadPlugins),
                         [](const auto& parameter) { return std::string(parameter.param); });

TEST(BadPluginTable, HoldsEveryFolderWithWhatIsExpectedOfIt) {
  std::set<std::string> folders, listed(kBadPlugins.begin(), kBadPlugins.end());
  for (const auto& entry : fs::directory_iterator(kFolder)) {
    if (entry.is_directory()) folders.insert(entry.path().filename().string());
  }
  EXPECT_EQ(folders, listed);
  for (const std::string& name : listed) {
    const auto lines = expected(name);
    EXPECT_FALSE(lines.empty()) << name;
    for (const Line& line : lines) {
      EXPECT_THAT((std::set<std::string>{"code", "says", "cure", "rubric"}),
                  ::testing::Contains(line.key));
    }
  }
}

}  // namespace
}  // namespace gradus::tests
