#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "datasets/store/store.hpp"
#include "datasets/testing/synthetic.hpp"

namespace gradus::datasets {
namespace {

using ::testing::HasSubstr;

std::string text_of(const MappedFile& file) { return {file.bytes().begin(), file.bytes().end()}; }

TEST(MappedFile, ShowsTheWholeFileAndOutlivesItsName) {
  const testing::TemporaryHome home;
  const auto path = home.paths().home / "file";
  ASSERT_TRUE(write_file(path, "twelve bytes").ok());
  auto file = MappedFile::open(path);
  ASSERT_TRUE(file.ok());
  std::filesystem::remove(path);
  EXPECT_EQ(text_of(*file), "twelve bytes");
}

TEST(MappedFile, MapsADescriptorAndLeavesItOpen) {
  const testing::TemporaryHome home;
  const auto path = home.paths().home / "file";
  ASSERT_TRUE(write_file(path, "abc").ok());
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  {
    auto file = MappedFile::map(fd.get());
    ASSERT_TRUE(file.ok());
    EXPECT_EQ(text_of(*file), "abc");
  }
  EXPECT_NE(::fcntl(fd.get(), F_GETFD), -1);
}

TEST(MappedFile, MovesWithItsBytes) {
  const testing::TemporaryHome home;
  ASSERT_TRUE(write_file(home.paths().home / "a", "one").ok());
  ASSERT_TRUE(write_file(home.paths().home / "b", "two").ok());
  auto a = MappedFile::open(home.paths().home / "a");
  auto b = MappedFile::open(home.paths().home / "b");
  ASSERT_TRUE(a.ok() && b.ok());
  MappedFile moved(std::move(*a));
  EXPECT_EQ(text_of(moved), "one");
  moved = std::move(*b);
  EXPECT_EQ(text_of(moved), "two");
}

TEST(MappedFile, AnEmptyFileHasNoBytes) {
  const testing::TemporaryHome home;
  ASSERT_TRUE(write_file(home.paths().home / "empty", "").ok());
  auto file = MappedFile::open(home.paths().home / "empty");
  ASSERT_TRUE(file.ok());
  EXPECT_TRUE(file->bytes().empty());
}

TEST(MappedFile, RefusesWhatIsNoFile) {
  const testing::TemporaryHome home;
  const auto folder = MappedFile::open(home.paths().home);
  ASSERT_FALSE(folder.ok());
  EXPECT_THAT(folder.error().what, HasSubstr("not a regular file"));
  const auto missing = MappedFile::open(home.paths().home / "missing");
  ASSERT_FALSE(missing.ok());
  EXPECT_THAT(missing.error().text(), HasSubstr("missing"));
  EXPECT_FALSE(MappedFile::map(-1).ok());
}

}  // namespace
}  // namespace gradus::datasets
