#include "framework/supervisor/exam_order.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <map>

#include "framework/core/files.hpp"

namespace gradus::supervisor {
namespace {

class ExamOrderOf : public testing::TestWithParam<std::uint32_t> {};

TEST_P(ExamOrderOf, ShowsEveryImageAndSomeTwiceInAnotherBatch) {
  const std::uint32_t count = GetParam();
  const ExamOrder order = make_exam_order("secret", "hash", "val", count);
  std::map<std::uint32_t, std::size_t> first;
  std::size_t repeats = 0, shown = 0;
  for (std::size_t b = 0; b < order.batches.size(); ++b) {
    EXPECT_LE(order.batches[b].size(), kExamBatch);
    for (const std::uint32_t image : order.batches[b]) {
      ASSERT_LT(image, count);
      ++shown;
      if (first.contains(image)) {
        EXPECT_LT(first[image], b);
        ++repeats;
      } else {
        first[image] = b;
      }
    }
  }
  EXPECT_EQ(first.size(), count);
  EXPECT_EQ(shown, count + repeats);
  EXPECT_GT(repeats, 0U);
  EXPECT_LT(repeats, count / 20 + 6);  // a small share
}
INSTANTIATE_TEST_SUITE_P(Sizes, ExamOrderOf, testing::Values(1, 2, 7, 252, 253, 256, 1000, 5000));

TEST(ExamOrder, DependsOnSecretRunAndSubjectOnly) {
  const auto order = make_exam_order("secret", "hash", "val", 500).batches;
  EXPECT_EQ(order, make_exam_order("secret", "hash", "val", 500).batches);
  EXPECT_NE(order, make_exam_order("other", "hash", "val", 500).batches);
  EXPECT_NE(order, make_exam_order("secret", "other", "val", 500).batches);
  EXPECT_NE(order, make_exam_order("secret", "hash", "test", 500).batches);
}

TEST(ExamOrder, OfNothingIsEmpty) {
  EXPECT_TRUE(make_exam_order("s", "h", "v", 0).batches.empty());
}

TEST(ExamSecret, IsMadeOnceAndPrivate) {
  auto folder = make_temporary_folder(fs::temp_directory_path(), "secret");
  ASSERT_TRUE(folder.ok());
  const FolderGuard guard(*folder);
  const Paths paths{*folder, *folder};
  const auto first = read_secret(paths), second = read_secret(paths);
  ASSERT_TRUE(first.ok()) << first.error().text();
  EXPECT_EQ(first->size(), 64U);
  EXPECT_EQ(*first, *second);
  struct stat status {};
  ASSERT_EQ(::stat((*folder / "secret").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  EXPECT_EQ(std::distance(fs::directory_iterator(*folder), fs::directory_iterator()), 1);
}

TEST(ExamSecret, RefusesAFileCutShort) {
  auto folder = make_temporary_folder(fs::temp_directory_path(), "secret");
  ASSERT_TRUE(folder.ok());
  const FolderGuard guard(*folder);
  ASSERT_TRUE(write_file(*folder / "secret", "abc").ok());
  const auto secret = read_secret({*folder, *folder});
  ASSERT_FALSE(secret.ok());
  EXPECT_EQ(secret.error().fault, Fault::infrastructure);
  EXPECT_THAT(secret.error().what, testing::HasSubstr("found 3 bytes"));
}

}  // namespace
}  // namespace gradus::supervisor
