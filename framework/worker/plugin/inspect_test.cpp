#include "framework/worker/plugin/inspect.hpp"

#include <gmock/gmock.h>

namespace gradus::worker {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

ElfLibrary sound_elf() {
  ElfLibrary library;
  library.exports = {"gradus_activation_swish", "gradus_model_b", "gradus_model_a"};
  library.imports = {"_ZN5torch2nn6ModuleC2Ev", "malloc"};
  library.needed = {"libtorch_cpu.so", "libc10.so", "libstdc++.so.6", "libc.so.6"};
  return library;
}

TEST(Inspect, ListsPluginsByKindAndName) {
  const auto found = inspect(sound_elf());
  EXPECT_EQ(to_text(found.plugins), "model a, model b, activation swish");
  EXPECT_THAT(found.problems, IsEmpty());
}

TEST(Inspect, RefusesAnExportThatIsNoAlias) {
  ElfLibrary library = sound_elf();
  library.exports.push_back("malloc");
  library.exports.push_back("gradus_model_");  // a prefix without a name is no plugin
  const auto found = inspect(library);
  EXPECT_THAT(found.problems, ElementsAre(HasSubstr("exports malloc, gradus_model_, wanted only")));
  EXPECT_EQ(found.plugins.size(), 3U);
}

TEST(Inspect, RefusesWhatRegistersOperators) {
  for (const char* symbol :
       {"_ZN5torch7LibraryC1ENS0_4KindESsSt8optionalIN3c1011DispatchKeyEEPKcj",
        "_ZN3c1010Dispatcher13realSingletonEv", "_ZN3c1017RegisterOperatorsD1Ev"}) {
    ElfLibrary library = sound_elf();
    library.imports.push_back(symbol);
    EXPECT_THAT(inspect(library).problems, ElementsAre(HasSubstr("may not register"))) << symbol;
  }
}

TEST(Inspect, RefusesForeignLibrariesRunPathsAndExecutableStacks) {
  ElfLibrary library = sound_elf();
  library.needed.push_back("libevil.so");
  library.run_path = "/tmp/evil";
  library.executable_stack = true;
  EXPECT_THAT(inspect(library).problems,
              ElementsAre(HasSubstr("needs 'libevil.so'"), HasSubstr("run path ('/tmp/evil')"),
                          HasSubstr("executable stack")));
}

}  // namespace
}  // namespace gradus::worker
