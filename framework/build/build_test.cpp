// Builds for real, in the sandbox. The precompiled header is kept between tests and runs, in a home
// of the tests' own below GRADUS_HOME; the builds are not.
#include "framework/build/build.hpp"

#include <gmock/gmock.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "framework/core/files.hpp"

namespace gradus::build {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kActivation = R"(#include <gradus/activation.hpp>
class Same : public gradus::Activation {
 public:
  explicit Same(const gradus::Context&) {}
  torch::Tensor forward(torch::Tensor x) override { return x; }
};
GRADUS_ACTIVATION(Same, same, "1.0")
)";

class BuildTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ::setenv("GRADUS_PREFIX", GRADUS_TEST_PREFIX, 1);
    paths_ = *find_paths();
    paths_.home /= "test-home";
    const auto toolchain = read_toolchain(paths_);
    ASSERT_TRUE(toolchain.ok()) << toolchain.error().text();
    toolchain_ = *toolchain;
    folder_ = *make_temporary_folder(::testing::TempDir(), "gradus_build");
  }
  void TearDown() override {
    for (const std::string& hash : published_)
      EXPECT_TRUE(remove_tree(paths_.builds() / hash).ok());
    ASSERT_TRUE(remove_tree(folder_).ok());
  }

  void put(const std::string& name, const std::string& content) {
    fs::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name) << content;
  }
  BuildResult run(bool prebuilt_allowed = false) {
    auto result = build(paths_, toolchain_, {folder_, sandbox::Mode::full, prebuilt_allowed});
    EXPECT_TRUE(result.ok()) << result.error().text();
    if (!result.ok()) return {};
    if (result->built) published_.push_back(result->built->hash);
    return *result;
  }
  std::string failure(bool prebuilt_allowed = false) {
    const auto result = run(prebuilt_allowed);
    return result.failure ? result.failure->code + ": " + result.failure->what : "built";
  }
  std::size_t objects() {
    std::error_code code;
    return static_cast<std::size_t>(std::distance(
        fs::directory_iterator(paths_.builds() / "objects", code), fs::directory_iterator()));
  }
  /// Text that no other run has: what it is in must be compiled now.
  static std::string fresh() {
    return "// " + std::to_string(::getpid()) + " " +
           std::to_string(fs::file_time_type::clock::now().time_since_epoch().count()) + "\n";
  }

  Paths paths_;
  Toolchain toolchain_;
  fs::path folder_;
  std::vector<std::string> published_;
};

TEST_F(BuildTest, CompilesOnlyWhatChanged) {
  const std::string unique = fresh();
  put("same.cpp", unique + kActivation);
  put("deep/helper.cpp", unique + "#include \"helper.hpp\"\nint helper() { return kNumber; }\n");
  put("deep/helper.hpp", "#pragma once\nconstexpr int kNumber = 3;\nint helper();\n");
  const std::size_t before = objects();
  const auto first = run();
  ASSERT_TRUE(first.built) << first.failure->what;
  EXPECT_FALSE(first.built->cached);
  ASSERT_EQ(first.built->plugins.size(), 1U);
  EXPECT_EQ(first.built->plugins[0].kind, "activation");
  EXPECT_EQ(first.built->plugins[0].name, "same");
  EXPECT_EQ(objects(), before + 2);

  const auto again = run();
  ASSERT_TRUE(again.built);
  EXPECT_TRUE(again.built->cached);
  EXPECT_EQ(again.built->hash, first.built->hash);

  put("deep/helper.cpp", unique + "#include \"helper.hpp\"\nint helper() { return 4; }\n");
  const auto edited = run();
  ASSERT_TRUE(edited.built);
  EXPECT_NE(edited.built->hash, first.built->hash);
  EXPECT_EQ(objects(), before + 3);

  // Another file that is no source changes nothing.
  put("README.md", "text");
  EXPECT_EQ(run().built->hash, edited.built->hash);
}

TEST_F(BuildTest, ShowsErrorsUnderTheStudentsNames) {
  put("@my net.cpp", "#include \"parts/block.hpp\"\n");
  put("parts/block.hpp", "#pragma once\ninline int f() { return \"text\"; }\n");
  const auto result = run();
  ASSERT_TRUE(result.failure);
  EXPECT_EQ(result.failure->code, "BUILD_FAILED");
  EXPECT_EQ(result.failure->fault, Fault::submission);
  EXPECT_THAT(result.failure->what, HasSubstr("'@my net.cpp' does not compile:\n"));
  EXPECT_THAT(result.failure->what, HasSubstr("parts/block.hpp:2:25: error:"));
  EXPECT_THAT(result.failure->what, Not(HasSubstr("s000")));
  EXPECT_THAT(result.failure->what, Not(HasSubstr(paths_.home.string())));
}

TEST_F(BuildTest, SeesNoFileOfTheHost) {
  put("a.cpp", "#include \"/etc/passwd\"\n");
  EXPECT_THAT(failure(), HasSubstr("'/etc/passwd' file not found"));
  // .incbin is the assembler's include; what it would take is not there either.
  put("a.cpp", "__asm__(\".incbin \\\"" + (folder_ / "a.cpp").string() + "\\\"\");\n");
  EXPECT_THAT(failure(), HasSubstr("BUILD_FAILED: 'a.cpp' does not compile"));
}

TEST_F(BuildTest, AsksForAPluginWhereNoneIsRegistered) {
  put("a.cpp", "int f() { return 1; }\n");
  EXPECT_THAT(failure(), HasSubstr("the sources register no plugin"));
}

TEST_F(BuildTest, NamesWhatTheLinkerMisses) {
  put("a.cpp", std::string("int nowhere();\nint late() { return nowhere(); }\n") + kActivation +
                   "int (*keep)() = nowhere;\n");
  EXPECT_THAT(failure(), HasSubstr("BUILD_FAILED: nothing defines 'nowhere()'"));
}

TEST_F(BuildTest, RefusesOneNameRegisteredTwice) {
  put("a.cpp", kActivation);
  put("b.cpp", kActivation);
  EXPECT_THAT(failure(), HasSubstr("the plugin 'activation same' is registered more than once"));
}

TEST_F(BuildTest, RefusesToRegisterOperators) {
  put("a.cpp", std::string("#include <torch/library.h>\n") + kActivation +
                   "static at::Tensor f(const at::Tensor& x) { return x; }\n"
                   "TORCH_LIBRARY_IMPL(aten, CPU, m) { m.impl(\"relu\", f); }\n");
  EXPECT_THAT(failure(), HasSubstr("may not register LibTorch operators"));
}

TEST_F(BuildTest, TakesAPrebuiltLibraryOnlyWhereAllowed) {
  put("same.cpp", kActivation);
  const auto built = run();
  ASSERT_TRUE(built.built) << built.failure->what;
  fs::rename(built.built->library, folder_ / "same.so");
  fs::remove(folder_ / "same.cpp");
  EXPECT_THAT(failure(false), HasSubstr("the folder holds no *.cpp, only the library 'same.so'"));
  const auto taken = run(true);
  ASSERT_TRUE(taken.built) << taken.failure->what;
  EXPECT_NE(taken.built->hash, built.built->hash);
  EXPECT_EQ(taken.built->plugins[0].name, "same");

  fs::resize_file(folder_ / "same.so", fs::file_size(folder_ / "same.so") / 2);
  EXPECT_THAT(failure(true), HasSubstr("cut short"));
  put("same.so", "no library at all");
  EXPECT_THAT(failure(true), HasSubstr("the file begins with 'no library at al'"));
}

TEST_F(BuildTest, RebuildsADamagedPublication) {
  put("same.cpp", kActivation);
  const auto first = run();
  ASSERT_TRUE(first.built) << first.failure->what;
  std::ofstream(first.built->library.parent_path() / "build.json") << "{";
  const auto again = run();
  ASSERT_TRUE(again.built) << again.failure->what;
  EXPECT_FALSE(again.built->cached);
  EXPECT_TRUE(run().built->cached);
}

TEST_F(BuildTest, SaysThatAFolderHasNoSources) {
  put("README.md", "hello");
  EXPECT_THAT(failure(), ::testing::EndsWith("the folder holds no *.cpp"));
  put("net.hpp", "");
  EXPECT_THAT(failure(), HasSubstr("the folder holds no *.cpp, only headers (net.hpp)"));
}

}  // namespace
}  // namespace gradus::build
