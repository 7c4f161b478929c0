#include "framework/worker/plugin/elf.hpp"

#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace gradus::worker {
namespace {

namespace fs = std::filesystem;
using ::testing::Contains;
using ::testing::HasSubstr;

const fs::path kLibraries = GRADUS_LOADER_LIBRARIES;

std::string bytes_of(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

/// A file of this process's own, as tests run side by side; the error that reading it as a library
/// gives.
std::string error_of(const std::string& content) {
  const fs::path path =
      fs::path(::testing::TempDir()) / ("gradus_elf_test." + std::to_string(::getpid()) + ".so");
  std::ofstream(path, std::ios::binary) << content;
  const auto result = read_elf(path);
  fs::remove(path);
  return result.ok() ? "read" : result.error().what;
}

TEST(Elf, ReadsExportsImportsAndNeeds) {
  const auto library = read_elf(kLibraries / "loader_good.so");
  ASSERT_TRUE(library.ok()) << library.error().text();
  EXPECT_THAT(library->exports,
              ::testing::ElementsAre("gradus_activation_scale", "gradus_augmentation_same"));
  EXPECT_THAT(library->imports, Contains(HasSubstr("torch2nn6Module")));
  EXPECT_THAT(library->needed, Contains(HasSubstr("libc10.so")));
  EXPECT_EQ(library->run_path, "");
  EXPECT_FALSE(library->executable_stack);
}

TEST(Elf, SaysWhatAFileIsThatIsNoLibrary) {
  EXPECT_EQ(error_of("hello there, I am text"),
            "the file begins with 'hello there, I a', wanted an ELF shared library");
  EXPECT_EQ(error_of(""), "the file is empty, wanted an ELF shared library");
  EXPECT_THAT(error_of("\177ELF"), HasSubstr("ends within its ELF header"));
  EXPECT_THAT(read_elf("/nowhere/x.so").error().what, HasSubstr("there is no file"));
  EXPECT_THAT(read_elf("/dev/zero").error().what, HasSubstr("no regular file"));
  EXPECT_THAT(read_elf("/tmp").error().what, HasSubstr("no regular file"));
}

TEST(Elf, RefusesAnotherMachineAndAProgram) {
  std::string bytes = bytes_of(kLibraries / "loader_good.so");
  std::string other = bytes;
  other[18] = '\xB7';  // e_machine: AArch64
  EXPECT_EQ(error_of(other), "the library is for AArch64, this machine is x86-64");
  bytes[16] = 2;  // e_type: a program at a fixed address
  EXPECT_THAT(error_of(bytes), HasSubstr("a program, wanted a shared library"));
}

TEST(Elf, RefusesATruncatedLibraryAtEveryLength) {
  const std::string bytes = bytes_of(kLibraries / "loader_foreign.so");
  ASSERT_EQ(error_of(bytes), "read");
  for (std::size_t size = 0; size < bytes.size(); size += 97) {
    EXPECT_NE(error_of(bytes.substr(0, size)), "read") << size;
  }
  EXPECT_THAT(error_of(bytes.substr(0, bytes.size() / 2)), HasSubstr("cut short"));
}

TEST(Elf, SurvivesDamageAnywhere) {
  // Each byte of the tables turned in turn: an error or a list, never a crash (run with ASan, too).
  const std::string bytes = bytes_of(kLibraries / "loader_foreign.so");
  int refused = 0;
  for (std::size_t at = 0; at < std::min<std::size_t>(bytes.size(), 4096); at += 3) {
    std::string damaged = bytes;
    damaged[at] = static_cast<char>(damaged[at] ^ 0xFF);
    refused += error_of(damaged) == "read" ? 0 : 1;
  }
  EXPECT_GT(refused, 20);
}

}  // namespace
}  // namespace gradus::worker
