#include "grader/archive/unpack.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>

#include "framework/core/files.hpp"
#include "grader/archive/testing/make_archive.hpp"

namespace gradus::grader {
namespace {

using testing::file;
using ::testing::HasSubstr;
using testing::make_archive;
using testing::PackedMember;

/// A home of its own that every uid can reach; gradus-unpack is the one of this build.
class Unpack : public ::testing::Test {
 protected:
  void SetUp() override {
    char path[] = "/tmp/gradus-unpack-XXXXXX";
    ASSERT_NE(mkdtemp(path), nullptr);
    home_ = path;
    ASSERT_EQ(::chmod(path, 0755), 0);
    ASSERT_EQ(::setenv("GRADUS_HOME", path, 1), 0);
    ASSERT_EQ(::setenv("GRADUS_PREFIX", GRADUS_TEST_PREFIX, 1), 0);
    paths_ = *find_paths();
    archive_ = home_ / "archive";
    target_ = home_ / "target";
  }
  void TearDown() override { EXPECT_TRUE(remove_tree(home_).ok()); }

  /// Why the archive is refused; empty: it was unpacked. Nothing is written where it is refused.
  std::string refused(const ArchiveCaps& caps = {}) {
    EXPECT_TRUE(remove_tree(target_).ok());
    const auto done = unpack(paths_, sandbox::Mode::full, archive_, target_, caps);
    EXPECT_TRUE(done.ok()) << done.error().text();
    if (!done.ok()) return done.error().text();
    EXPECT_EQ(fs::exists(target_), !*done);
    if (!*done) return "";
    EXPECT_EQ((*done)->fault, Fault::submission);
    EXPECT_EQ((*done)->phase, "unpack");
    EXPECT_FALSE((*done)->cure.empty()) << (*done)->what;
    return (*done)->what;
  }
  std::string refused(const std::string& format, const std::vector<PackedMember>& members,
                      const ArchiveCaps& caps = {}) {
    make_archive(archive_, format, members);
    return refused(caps);
  }

  fs::path home_, archive_, target_;
  Paths paths_;
};

TEST_F(Unpack, ReadsEveryFormatThatItPromises) {
  for (const char* format : {"zip", "tar", "tar.gz", "tar.xz", "tar.zst"}) {
    EXPECT_EQ(refused(format,
                      {testing::folder("hw/src/"), file("hw/src/net.cpp", "int a;\n"),
                       file("hw/résumé.txt", std::string(100'000, 'r')), file("hw/empty.hpp", "")}),
              "")
        << format;
    EXPECT_EQ(*read_file(target_ / "hw/src/net.cpp"), "int a;\n") << format;
    EXPECT_EQ(fs::file_size(target_ / "hw/résumé.txt"), 100'000U) << format;
    EXPECT_EQ(fs::file_size(target_ / "hw/empty.hpp"), 0U) << format;
    struct stat info {};
    ASSERT_EQ(::stat((target_ / "hw/src/net.cpp").c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 07777U, 0644U);
    EXPECT_EQ(info.st_uid, ::geteuid());
  }
}

TEST_F(Unpack, RefusesNamesThatLeadOut) {
  for (const char* format : {"zip", "tar.gz"}) {
    EXPECT_THAT(refused(format, {file("../evil.cpp")}), HasSubstr("leads out")) << format;
    EXPECT_THAT(refused(format, {file("ok.cpp"), file("a/../../evil.cpp")}),
                HasSubstr("leads out"));
    EXPECT_THAT(refused(format, {file("/tmp/evil.cpp")}), HasSubstr("absolute")) << format;
  }
  EXPECT_FALSE(fs::exists(home_ / "evil.cpp"));
}

TEST_F(Unpack, RefusesLinksAndDevices) {
  for (const char* format : {"zip", "tar"}) {
    EXPECT_THAT(refused(format, {{"link", "", AE_IFLNK, "/etc", false}, file("link/x.cpp")}),
                HasSubstr("symbolic link"))
        << format;
  }
  EXPECT_THAT(refused("tar", {file("a.cpp"), {"b.cpp", "", AE_IFREG, "a.cpp", true}}),
              HasSubstr("hard link"));
  EXPECT_THAT(refused("tar", {{"net.cpp", "", AE_IFIFO, "", false}}), HasSubstr("no plain file"));
  EXPECT_THAT(refused("tar", {{"net.cpp", "", AE_IFCHR, "", false}}), HasSubstr("no plain file"));
}

TEST_F(Unpack, RefusesNamesThatCollideOrAreOdd) {
  for (const char* format : {"zip", "tar"}) {
    EXPECT_THAT(refused(format, {file("a.cpp", "1"), file("a.cpp", "2")}), HasSubstr("twice"));
    EXPECT_THAT(refused(format, {file("a.cpp"), file("A.cpp")}), HasSubstr("upper and lower"));
    EXPECT_THAT(refused(format, {file("a\nb.cpp")}), HasSubstr("plain UTF-8")) << format;
  }
  EXPECT_THAT(refused("tar", {file("a\xFF.cpp")}), HasSubstr("plain UTF-8"));
}

TEST_F(Unpack, EndsABombAtACap) {
  const std::string zeros(std::size_t{32} << 20, '\0');
  for (const char* format : {"zip", "tar.gz", "tar.xz", "tar.zst"}) {
    EXPECT_THAT(refused(format, {file("bomb.cpp", zeros)}), HasSubstr("times its size")) << format;
  }
  EXPECT_THAT(
      refused("tar", {file("a", zeros), file("b", zeros), file("c", zeros), file("d.cpp", "x")}),
      HasSubstr("archive is larger than 64.0 MiB"));
  ArchiveCaps caps;
  caps.ratio = 1'000'000;
  EXPECT_THAT(
      refused("tar.gz", {file("a", zeros), file("b", zeros), file("c", zeros), file("d.cpp", "x")},
              caps),
      HasSubstr("unpacks to more than 96.0 MiB"));
  caps.file_bytes = 1000;
  EXPECT_THAT(refused("zip", {file("a.cpp", std::string(1001, 'a'))}, caps),
              HasSubstr("'a.cpp' is larger than 1000 B"));
}

TEST_F(Unpack, RefusesAHundredThousandFiles) {
  std::vector<PackedMember> members;
  for (int i = 0; i < 100'000; ++i) members.push_back(file("f" + std::to_string(i), ""));
  EXPECT_THAT(refused("tar.gz", members), HasSubstr("more than 4096 files"));
}

TEST_F(Unpack, RefusesWhatIsCompressedTwice) {
  EXPECT_THAT(refused("tar.gz.gz", {file("a.cpp")}), HasSubstr("more than once"));
}

TEST_F(Unpack, RefusesWhatIsNoArchive) {
  ASSERT_TRUE(write_file(archive_, "int main() {}\n").ok());
  EXPECT_THAT(refused(), HasSubstr("not a whole archive: it looks like a text file"));
  ASSERT_TRUE(write_file(archive_, std::string("PK\5\6", 4) + std::string(18, '\0')).ok());
  EXPECT_THAT(refused(), HasSubstr("the zip holds no file"));
  ASSERT_TRUE(write_file(archive_, "7z\xBC\xAF\x27\x1C and more").ok());
  EXPECT_THAT(refused(), HasSubstr("a 7z archive"));
  ASSERT_TRUE(write_file(archive_, "").ok());
  EXPECT_THAT(refused(), HasSubstr("empty"));
  ASSERT_TRUE(fs::remove(archive_));
  ASSERT_EQ(::mkfifo(archive_.c_str(), 0600), 0);
  EXPECT_THAT(refused(), HasSubstr("no regular file")) << "and does not wait for a writer";
}

TEST_F(Unpack, RefusesAnArchiveThatIsCutShort) {
  std::string noise;
  for (unsigned i = 0, x = 1; i < 200'000; ++i)
    noise += static_cast<char>((x = x * 1664525 + 1013904223) >> 24);
  for (const char* format : {"zip", "tar", "tar.gz", "tar.xz", "tar.zst"}) {
    make_archive(archive_, format, {file("a.cpp", noise), file("b.cpp", noise)});
    const auto whole = *read_file(archive_);
    ASSERT_TRUE(write_file(archive_, std::string_view(whole).substr(0, whole.size() / 2)).ok());
    EXPECT_NE(refused(), "") << format;
  }
}

TEST_F(Unpack, SaysThatTheProgramIsMissingRatherThanBlamingTheStudent) {
  make_archive(archive_, "zip", {file("a.cpp")});
  Paths elsewhere = paths_;
  elsewhere.prefix = home_;
  const auto done = unpack(elsewhere, sandbox::Mode::full, archive_, target_);
  ASSERT_FALSE(done.ok());
  EXPECT_EQ(done.error().fault, Fault::infrastructure);
}

}  // namespace
}  // namespace gradus::grader
