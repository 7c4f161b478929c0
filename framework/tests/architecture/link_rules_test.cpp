#include "framework/tests/architecture/link_rules.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

namespace gradus::architecture {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

// A program that this build does not have is the empty path.
#ifndef PROGRAM_GRADUS
#define PROGRAM_GRADUS ""
#endif
#ifndef PROGRAM_GRADUS_SUPERVISOR
#define PROGRAM_GRADUS_SUPERVISOR ""
#endif
#ifndef PROGRAM_GRADUS_INSPECT
#define PROGRAM_GRADUS_INSPECT ""
#endif
#ifndef PROGRAM_GRADUS_CONFINE
#define PROGRAM_GRADUS_CONFINE ""
#endif
#ifndef PROGRAM_GRADUS_WORKER
#define PROGRAM_GRADUS_WORKER ""
#endif

struct Program {
  const char* name;
  const char* file;
};

TEST(LinkRules, KeepLibTorchOutOfEveryProgramButTheWorker) {
  const std::array<Program, 4> programs = {{{"gradus", PROGRAM_GRADUS},
                                            {"gradus-supervisor", PROGRAM_GRADUS_SUPERVISOR},
                                            {"gradus-inspect", PROGRAM_GRADUS_INSPECT},
                                            {"gradus-confine", PROGRAM_GRADUS_CONFINE}}};
  for (const auto& [name, file] : programs) {
    const std::vector<std::string> libraries = needed_by(file);
    ASSERT_NE(file[0], '\0') << name << " is not part of this build";
    // gradus-confine is linked statically: it runs where there is no library at all.
    if (std::string_view(name) != "gradus-confine") {
      EXPECT_THAT(libraries, Not(IsEmpty())) << name << " was not built, or readelf is missing";
    }
    EXPECT_THAT(torch_libraries(libraries), IsEmpty()) << name;
  }
}

// The rule can see LibTorch: the one program that has it is found out.
TEST(LinkRules, FindLibTorchInTheWorker) {
  EXPECT_THAT(torch_libraries(needed_by(PROGRAM_GRADUS_WORKER)),
              ::testing::Contains(::testing::StartsWith("libtorch_cpu.so")));
}

TEST(LinkRules, ReadLinkLists) {
  const std::string text =
      "Dynamic section at offset 0x2d90 contains 27 entries:\n"
      " 0x0000000000000001 (NEEDED)             Shared library: [libc10.so]\n"
      " 0x0000000000000001 (NEEDED)             Shared library: [libc.so.6]\n"
      " 0x000000000000001d (RUNPATH)            Library runpath: [/lib/torch]\n";
  EXPECT_THAT(parse_needed(text), ElementsAre("libc10.so", "libc.so.6"));
  EXPECT_THAT(torch_libraries(parse_needed(text)), ElementsAre("libc10.so"));
  EXPECT_THAT(parse_needed("readelf: Error: not an ELF file"), IsEmpty());
}

}  // namespace
}  // namespace gradus::architecture
