#include "framework/tests/architecture/include_rules.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gradus::architecture {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Violations violations_of(const std::string& file, const std::string& line) {
  const ScratchTree tree;
  tree.add(file, "// a made-up file\n" + line + "\n");
  return include_violations(tree.root());
}

TEST(IncludeRules, HoldInThisTree) {
  EXPECT_THAT(source_files(GRADUS_SOURCE_DIR, {".cpp"}), ::testing::SizeIs(::testing::Gt(50)));
  EXPECT_THAT(include_violations(GRADUS_SOURCE_DIR), IsEmpty());
}

TEST(IncludeRules, NameFileLineAndWhatIsAllowed) {
  EXPECT_THAT(violations_of("framework/record/x.cpp", "#include \"framework/sandbox/sandbox.hpp\""),
              ElementsAre("framework/record/x.cpp:2: includes framework/sandbox/sandbox.hpp; "
                          "framework/record may include: framework/core"));
}

TEST(IncludeRules, LetARoomIncludeItselfAndWhatItsRowNames) {
  EXPECT_THAT(violations_of("framework/lab/x.cpp", "#include \"framework/lab/lab.hpp\""),
              IsEmpty());
  EXPECT_THAT(violations_of("framework/lab/x.cpp", "#include \"framework/record/plan.hpp\""),
              IsEmpty());
  EXPECT_THAT(violations_of("framework/lab/x.cpp", "  #  include <filesystem>"), IsEmpty());
}

TEST(IncludeRules, KeepLibTorchToWorkerSdkAndPlugins) {
  for (const char* header : {"torch/torch.h", "ATen/ATen.h", "c10/util/Exception.h"}) {
    const std::string line = std::string("#include <") + header + ">";
    EXPECT_THAT(violations_of("framework/supervisor/x.cpp", line),
                ElementsAre(HasSubstr("only worker, sdk and plugins use LibTorch")));
    EXPECT_THAT(violations_of("framework/worker/train/x.cpp", line), IsEmpty());
    EXPECT_THAT(violations_of("plugins/relu/x.cpp", line), IsEmpty());
  }
  EXPECT_THAT(violations_of("grader/x.cpp", "#include <gradus/model.hpp>"),
              ElementsAre(HasSubstr("the sdk needs LibTorch")));
}

TEST(IncludeRules, KeepBoostDllToTheWorkerAndItsAliasToTheSdk) {
  const std::string loader = "#include <boost/dll/shared_library.hpp>";
  const std::string alias = "#include <boost/dll/alias.hpp>";
  EXPECT_THAT(violations_of("framework/worker/plugin/x.cpp", loader), IsEmpty());
  EXPECT_THAT(violations_of("framework/sdk/include/gradus/x.hpp", alias), IsEmpty());
  EXPECT_THAT(violations_of("framework/sdk/include/gradus/x.hpp", loader),
              ElementsAre(HasSubstr("Boost.DLL is the worker's")));
  EXPECT_THAT(violations_of("framework/cli/x.cpp", alias),
              ElementsAre(HasSubstr("Boost.DLL is the worker's")));
}

TEST(IncludeRules, LetNobodyIncludeTheCommand) {
  const std::string line = "#include \"framework/cli/commands.hpp\"";
  for (const Room& room : rooms()) {
    if (room.folder == "framework/cli" || room.everything) continue;
    EXPECT_THAT(violations_of(room.folder + "/x.cpp", line), ::testing::SizeIs(1)) << room.folder;
  }
}

TEST(IncludeRules, KeepTheWorkerFromTheCommand) {
  EXPECT_THAT(violations_of("framework/cli/x.cpp", "#include \"framework/worker/role.hpp\""),
              ::testing::SizeIs(1));
}

TEST(IncludeRules, WantQuotedIncludesFromTheRoot) {
  EXPECT_THAT(violations_of("reports/x.cpp", "#include \"figure.hpp\""),
              ElementsAre(HasSubstr("written from the repository root")));
  EXPECT_THAT(violations_of("plugins/relu/x.cpp", "#include \"relu.hpp\""), IsEmpty());
}

TEST(IncludeRules, OpenTestingFoldersToTestsOnly) {
  const std::string line = "#include \"datasets/testing/synthetic.hpp\"";
  EXPECT_THAT(violations_of("framework/supervisor/run_test.cpp", line), IsEmpty());
  EXPECT_THAT(violations_of("framework/supervisor/testing/fixture.hpp", line), IsEmpty());
  EXPECT_THAT(violations_of("framework/supervisor/run.cpp", line), ::testing::SizeIs(1));
}

TEST(IncludeRules, RefuseAFileOfNoRoom) {
  EXPECT_THAT(violations_of("framework/attic/x.cpp", ""),
              ElementsAre(HasSubstr("belongs to no room")));
  EXPECT_THAT(violations_of("x.cpp", ""), ::testing::SizeIs(1));
}

TEST(IncludeRules, PassOverBuildFoldersButNotTheRoomOfThatName) {
  EXPECT_THAT(violations_of("build/x.cpp", "#include <torch/torch.h>"), IsEmpty());
  EXPECT_THAT(violations_of("framework/build/x.cpp", "#include <torch/torch.h>"),
              ::testing::SizeIs(1));
}

}  // namespace
}  // namespace gradus::architecture
