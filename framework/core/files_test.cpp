#include "framework/core/files.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

namespace gradus {
namespace {

class Files : public ::testing::Test {
 protected:
  void SetUp() override {
    auto made = make_temporary_folder(fs::temp_directory_path(), "gradus-files-test");
    ASSERT_TRUE(made.ok());
    folder = *made;
  }
  void TearDown() override { ASSERT_TRUE(remove_tree(folder).ok()); }
  fs::path folder;
};

TEST_F(Files, AtomicWriteReplacesTheWholeContentAndLeavesNothingAside) {
  const fs::path file = folder / "a.json";
  ASSERT_TRUE(write_file_atomically(file, "a long first content").ok());
  ASSERT_TRUE(write_file_atomically(file, "second").ok());
  EXPECT_EQ(*read_file(file), "second");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder), fs::directory_iterator()), 1);
}

TEST_F(Files, AtomicWriteIntoAMissingFolderIsAnErrorWithThePath) {
  const auto status = write_file_atomically(folder / "no" / "a", "x");
  ASSERT_FALSE(status.ok());
  EXPECT_NE(status.error().text().find("no"), std::string::npos);
}

TEST_F(Files, ReadRefusesWhatIsLargerThanItsLimit) {
  ASSERT_TRUE(write_file(folder / "big", std::string(100, 'x')).ok());
  EXPECT_FALSE(read_file(folder / "big", 99).ok());
  EXPECT_TRUE(read_file(folder / "big", 100).ok());
}

TEST_F(Files, ReadOfAFolderOrAFifoIsAnErrorAndDoesNotWait) {
  ASSERT_EQ(::mkfifo((folder / "fifo").c_str(), 0600), 0);
  EXPECT_FALSE(read_file(folder / "fifo").ok());
  EXPECT_FALSE(read_file(folder).ok());
}

TEST_F(Files, PublishMovesTheFolderWhole) {
  const fs::path staging = folder / "staging", target = folder / "deep" / "target";
  ASSERT_TRUE(make_folder(staging / "inner").ok());
  ASSERT_TRUE(write_file(staging / "inner" / "f", "1").ok());
  ASSERT_TRUE(publish_folder(staging, target).ok());
  EXPECT_EQ(*read_file(target / "inner" / "f"), "1");
  EXPECT_FALSE(fs::exists(staging));
}

TEST_F(Files, PublishKeepsWhatAnotherPublishedFirst) {
  const fs::path staging = folder / "staging", target = folder / "target";
  ASSERT_TRUE(make_folder(target).ok());
  ASSERT_TRUE(write_file(target / "f", "first").ok());
  ASSERT_TRUE(make_folder(staging).ok());
  ASSERT_TRUE(write_file(staging / "f", "second").ok());
  ASSERT_TRUE(publish_folder(staging, target).ok());
  EXPECT_EQ(*read_file(target / "f"), "first");
  EXPECT_FALSE(fs::exists(staging));
}

TEST_F(Files, MakeFolderSetsTheModeWhateverTheUmask) {
  const mode_t before = ::umask(077);
  const auto status = make_folder(folder / "open" / "inner", 0755);
  ::umask(before);
  ASSERT_TRUE(status.ok());
  struct stat info {};
  ASSERT_EQ(::stat((folder / "open").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0755U);
}

TEST_F(Files, RemoveTreeDoesNotFollowLinks) {
  ASSERT_TRUE(write_file(folder / "kept", "x").ok());
  ASSERT_TRUE(make_folder(folder / "tree").ok());
  fs::create_directory_symlink(folder, folder / "tree" / "link");
  ASSERT_TRUE(remove_tree(folder / "tree").ok());
  EXPECT_TRUE(fs::exists(folder / "kept"));
}

TEST_F(Files, ALockIsHeldByOneAtATime) {
  auto first = FileLock::acquire(folder / "lock");
  ASSERT_TRUE(first.ok());
  EXPECT_FALSE(FileLock::try_acquire(folder / "lock").ok());
  { const FileLock released = std::move(*first); }
  EXPECT_TRUE(FileLock::try_acquire(folder / "lock").ok());
}

TEST_F(Files, AGuardRemovesItsFolderUnlessReleased) {
  ASSERT_TRUE(make_folder(folder / "gone").ok());
  { const FolderGuard guard(folder / "gone"); }
  EXPECT_FALSE(fs::exists(folder / "gone"));
  ASSERT_TRUE(make_folder(folder / "stays").ok());
  {
    FolderGuard guard(folder / "stays");
    guard.release();
  }
  EXPECT_TRUE(fs::exists(folder / "stays"));
}

}  // namespace
}  // namespace gradus
