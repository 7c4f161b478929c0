#include "datasets/store/split.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>

#include "datasets/testing/synthetic.hpp"
#include "framework/core/hash.hpp"

namespace gradus::datasets {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::make_tiny;
using testing::TemporaryHome;

constexpr std::size_t kImage = 192;  // bytes of one tiny image

/// The numbers of the images in a part: make_tiny() wrote them into each image's first two bytes.
std::vector<std::uint32_t> numbers(const SplitFiles& part) {
  const auto images = MappedFile::open(part.images);
  EXPECT_TRUE(images.ok());
  std::vector<std::uint32_t> out;
  for (std::size_t i = 0; i + kImage <= images->bytes().size(); i += kImage) {
    out.push_back(images->bytes()[i] + 256U * images->bytes()[i + 1]);
  }
  return out;
}

int exit_of(pid_t pid) {
  int status = 0;
  EXPECT_EQ(::waitpid(pid, &status, 0), pid);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

std::size_t leftovers(const Paths& paths) {
  std::size_t count = 0;
  for (const auto& item : std::filesystem::directory_iterator(paths.data() / "tiny" / "splits")) {
    if (item.path().filename().string().starts_with("new-")) ++count;
  }
  return count;
}

TEST(Split, PartsAreDisjointAndTogetherAllThatWasAskedFor) {
  const TemporaryHome home;
  const Dataset dataset = make_tiny(home.paths(), 600, 100);
  const auto split = dataset.split({500, 100, 7});
  ASSERT_TRUE(split.ok()) << split.error().text();
  const auto train = numbers(split->train), val = numbers(split->val);
  EXPECT_EQ(train.size(), 500U);
  EXPECT_EQ(val.size(), 100U);
  std::set<std::uint32_t> all(train.begin(), train.end());
  all.insert(val.begin(), val.end());
  EXPECT_EQ(all.size(), 600U);  // none twice, none in both
  EXPECT_EQ(*all.rbegin(), 599U);
}

TEST(Split, LabelsStayWithTheirImages) {
  const TemporaryHome home;
  const auto split = make_tiny(home.paths()).split({300, 50, 3});
  ASSERT_TRUE(split.ok());
  for (const SplitFiles& part : {split->train, split->val}) {
    const auto labels = MappedFile::open(part.labels);
    ASSERT_TRUE(labels.ok());
    const auto images = numbers(part);
    ASSERT_EQ(labels->bytes().size(), images.size());
    for (std::size_t i = 0; i < images.size(); ++i) {
      EXPECT_EQ(labels->bytes()[i], images[i] % 4) << i;
    }
  }
}

TEST(Split, TestPartIsThePublishedTestSet) {
  const TemporaryHome home;
  const Dataset dataset = make_tiny(home.paths());
  const auto split = dataset.split({300, 50, 3});
  ASSERT_TRUE(split.ok());
  EXPECT_EQ(split->test.images, dataset.published_test().images);
  EXPECT_EQ(split->test.count, 100);
}

// Golden: computed by a Philox4x32-10 (its zero vector agrees with Random123's) and a Fisher-Yates
// shuffle written apart from ours, in Python. A change here changes every split ever made.
TEST(Split, OrderIsTheSameOnEveryMachine) {
  const TemporaryHome home;
  const auto split = make_tiny(home.paths(), 600, 100).split({500, 100, 42});
  ASSERT_TRUE(split.ok());
  std::string order;
  for (const SplitFiles& part : {split->train, split->val}) {
    for (const std::uint32_t number : numbers(part)) order += std::to_string(number) + "\n";
  }
  EXPECT_EQ(sha256(order), "aed36e7f09a7d481d3011bf5f3ea276ea3de89949c52ec57390aae2f843cba0c");
}

TEST(Split, HashNamesDataSizesAndSeed) {
  const TemporaryHome home, other_home;
  const Dataset dataset = make_tiny(home.paths(), 600, 100);
  const Dataset other = make_tiny(other_home.paths(), 601, 100);
  const std::string hash = dataset.split_hash({500, 50, 1});
  EXPECT_EQ(dataset.split({500, 50, 1})->hash, hash);
  EXPECT_EQ(hash.size(), 64U);
  const std::set<std::string> hashes = {
      hash, dataset.split_hash({501, 50, 1}), dataset.split_hash({500, 51, 1}),
      dataset.split_hash({500, 50, 2}), other.split_hash({500, 50, 1})};
  EXPECT_EQ(hashes.size(), 5U);
}

TEST(Split, NamingOneTouchesNothing) {
  const TemporaryHome home;
  const Dataset dataset = make_tiny(home.paths());
  EXPECT_FALSE(dataset.split_hash({500, 50, 1}).empty());
  EXPECT_FALSE(std::filesystem::exists(home.paths().data() / "tiny" / "splits"));
}

TEST(Split, IsMadeOnce) {
  const TemporaryHome home;
  const Dataset dataset = make_tiny(home.paths());
  const auto first = dataset.split({300, 50, 3});
  ASSERT_TRUE(first.ok());
  const auto written = std::filesystem::last_write_time(first->train.images);
  ASSERT_TRUE(dataset.split({300, 50, 3}).ok());
  EXPECT_EQ(std::filesystem::last_write_time(first->train.images), written);
}

TEST(Split, ValidationMayBeEmpty) {
  const TemporaryHome home;
  const auto split = make_tiny(home.paths()).split({600, 0, 3});
  ASSERT_TRUE(split.ok());
  EXPECT_EQ(split->val.count, 0);
  EXPECT_THAT(MappedFile::open(split->val.images)->bytes(), IsEmpty());
}

TEST(Split, RefusesSizesThatDoNotFit) {
  const TemporaryHome home;
  const Dataset dataset = make_tiny(home.paths());
  constexpr std::int64_t kLargest = std::numeric_limits<std::int64_t>::max();
  for (const SplitSpec& spec :
       {SplitSpec{0, 10, 0}, SplitSpec{-1, 10, 0}, SplitSpec{10, -1, 0}, SplitSpec{601, 0, 0},
        SplitSpec{500, 101, 0}, SplitSpec{kLargest, kLargest, 0}, SplitSpec{1, kLargest, 0}}) {
    const auto split = dataset.split(spec);
    ASSERT_FALSE(split.ok()) << spec.train << " " << spec.val;
    EXPECT_EQ(split.error().fault, Fault::user);
    EXPECT_THAT(split.error().what, HasSubstr("at most 600"));
    EXPECT_FALSE(split.error().cure.empty());
  }
}

TEST(Split, ManyProcessesAtOnceGetTheSame) {
  const TemporaryHome home;
  const Dataset dataset = make_tiny(home.paths(), 600, 100);
  std::vector<pid_t> children;
  for (int i = 0; i < 6; ++i) {
    const pid_t pid = ::fork();
    if (pid == 0) {
      const auto split = dataset.split({400, 200, 11});
      ::_exit(split.ok() && numbers(split->train).size() == 400 ? 0 : 1);
    }
    children.push_back(pid);
  }
  for (const pid_t pid : children) EXPECT_EQ(exit_of(pid), 0);
  EXPECT_EQ(leftovers(home.paths()), 0U);
  EXPECT_THAT(damaged_splits(home.paths().data() / "tiny"), IsEmpty());
}

// The kernel kills (SIGXFSZ) the process at the write that would pass the limit: in the middle of
// the first file, at its end, in the middle of a later one.
TEST(Split, KilledWhileWritingLeavesNoPartOfItBehind) {
  for (const rlim_t limit :
       {rlim_t{0}, rlim_t{1000}, rlim_t{150 * kImage}, rlim_t{400 * kImage - 1}}) {
    const TemporaryHome home;
    const Dataset dataset = make_tiny(home.paths(), 600, 100);
    const pid_t pid = ::fork();
    if (pid == 0) {
      const rlimit no_core{0, 0}, size{limit, limit};
      ::setrlimit(RLIMIT_CORE, &no_core);
      ::setrlimit(RLIMIT_FSIZE, &size);
      ::signal(SIGXFSZ, SIG_DFL);
      ::_exit(dataset.split({200, 400, 5}).ok() ? 0 : 1);
    }
    EXPECT_EQ(exit_of(pid), 128 + SIGXFSZ) << limit;
    EXPECT_FALSE(std::filesystem::exists(home.paths().data() / "tiny" / "splits" /
                                         dataset.split_hash({200, 400, 5})));
    EXPECT_EQ(leftovers(home.paths()), 1U);
    const auto split = dataset.split({200, 400, 5});
    ASSERT_TRUE(split.ok()) << split.error().text();
    EXPECT_EQ(numbers(split->val).size(), 400U);
    EXPECT_EQ(leftovers(home.paths()), 0U);
  }
}

TEST(Split, ADamagedOneIsFoundAndMadeAgain) {
  const TemporaryHome home;
  const Dataset dataset = make_tiny(home.paths(), 600, 100);
  const auto split = dataset.split({400, 200, 5});
  ASSERT_TRUE(split.ok());
  const auto folder = home.paths().data() / "tiny";
  EXPECT_THAT(damaged_splits(folder), IsEmpty());

  std::string labels = *read_file(split->val.labels);
  labels[7] = static_cast<char>(labels[7] ^ 1);
  ASSERT_TRUE(write_file(split->val.labels, labels).ok());
  EXPECT_THAT(damaged_splits(folder), ::testing::ElementsAre(split->val.labels.parent_path()));

  std::filesystem::resize_file(split->train.images, 17);
  const auto again = dataset.split({400, 200, 5});
  ASSERT_TRUE(again.ok()) << again.error().text();
  EXPECT_EQ(numbers(again->train).size(), 400U);
  EXPECT_THAT(damaged_splits(folder), IsEmpty());
}

TEST(Split, SourceFilesThatShrankAreAnErrorNotACrash) {
  const TemporaryHome home;
  const Dataset dataset = make_tiny(home.paths(), 600, 100);
  std::filesystem::resize_file(dataset.published_train().images, 100 * kImage);
  const auto split = dataset.split({400, 200, 5});
  ASSERT_FALSE(split.ok());
  EXPECT_THAT(split.error().what, HasSubstr("truncated or damaged"));
  EXPECT_THAT(split.error().cure, HasSubstr("gradus data get tiny"));
}

}  // namespace
}  // namespace gradus::datasets
