#include "datasets/catalog/archive.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "datasets/testing/synthetic.hpp"
#include "datasets/testing/tiny_entry.hpp"

namespace gradus::datasets {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::NamedBytes;
using ::testing::Pair;

class ReadArchive : public ::testing::Test {
 protected:
  Result<Members> read(const NamedBytes& members,
                       const std::map<std::string, std::uint64_t>& wanted,
                       const ArchiveLimits& limits = {}) {
    testing::write_archive(path_, members);
    return read_archive(path_, wanted, limits);
  }
  std::string error(const Result<Members>& members) {
    EXPECT_FALSE(members.ok());
    if (members.ok()) return "";
    EXPECT_EQ(members.error().fault, Fault::user);
    return members.error().what;
  }
  const testing::TemporaryHome home_;
  const std::filesystem::path path_ = home_.paths().home / "archive.tar.gz";
};

TEST_F(ReadArchive, TakesOnlyWhatIsWantedWhateverItsFolder) {
  const auto members = read({{"x/a", "one"}, {"b", "two"}, {"../../c", "three"}, {"d", "four"}},
                            {{"a", 3}, {"c", 9}, {"missing", 1}});
  ASSERT_TRUE(members.ok()) << members.error().text();
  EXPECT_THAT(*members, ElementsAre(Pair("a", "one"), Pair("c", "three")));
}

TEST_F(ReadArchive, RefusesAMemberThatIsTooLarge) {
  EXPECT_THAT(error(read({{"a", "four"}}, {{"a", 3}})),
              HasSubstr("a has 4 bytes, wanted at most 3"));
}

TEST_F(ReadArchive, RefusesAMemberTwice) {
  EXPECT_THAT(error(read({{"x/a", "1"}, {"y/a", "2"}}, {{"a", 9}})), HasSubstr("a is in it twice"));
}

TEST_F(ReadArchive, StopsBeforeItUnpacksTooMuch) {
  const NamedBytes bomb = {{"zeros", std::string(1 << 20, '\0')}, {"a", "1"}};
  EXPECT_TRUE(read(bomb, {{"a", 9}}).ok());
  EXPECT_THAT(error(read(bomb, {{"a", 9}}, {.unpacked_bytes = 1 << 19})),
              HasSubstr("524288 bytes unpacked"));
  EXPECT_THAT(error(read({{"1", ""}, {"2", ""}, {"3", ""}}, {}, {.entries = 2})),
              HasSubstr("more than 2 members"));
}

TEST_F(ReadArchive, RefusesATruncatedArchive) {
  const auto noise = testing::noise(5, 4000);
  const NamedBytes members = {{"a", std::string(noise.begin(), noise.end())}};
  ASSERT_TRUE(read(members, {{"a", 4000}}).ok());
  const auto whole = std::filesystem::file_size(path_);
  for (const std::uintmax_t size : {whole / 2, whole / 8, std::uintmax_t{5}, std::uintmax_t{0}}) {
    std::filesystem::resize_file(path_, size);
    const auto found = read_archive(path_, {{"a", 4000}});
    // Nothing at all reads as an archive without members; those who want some notice.
    EXPECT_TRUE(!found.ok() || (size == 0 && found->empty())) << size;
  }
}

TEST_F(ReadArchive, RefusesWhatIsNoArchive) {
  ASSERT_TRUE(write_file(path_, "<html>404 not found</html>").ok());
  EXPECT_THAT(error(read_archive(path_, {})), HasSubstr("not a whole .tar or .tar.gz archive"));
  EXPECT_THAT(error(read_archive(home_.paths().home / "missing", {})), HasSubstr("Failed to open"));
}

}  // namespace
}  // namespace gradus::datasets
