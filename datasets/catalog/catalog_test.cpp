#include "datasets/catalog/catalog.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <set>

#include "datasets/catalog/publish.hpp"
#include "datasets/testing/synthetic.hpp"
#include "datasets/testing/tiny_entry.hpp"
#include "framework/core/files.hpp"

namespace gradus::datasets {
namespace {

namespace fs = std::filesystem;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::tiny_binary_members;
using testing::quiet;
using testing::tiny_entry;
using testing::tiny_picture_members;
using testing::write_archive;


class Get : public ::testing::Test {
 protected:
  Get() {
    write_archive(good_, tiny_picture_members());
    auto members = tiny_binary_members();
    members[1].second[3] ^= 1;
    write_archive(bad_, members);
  }
  /// The tiny entry with a source of each archive.
  static Entry with_sources(const std::vector<fs::path>& archives) {
    Entry entry = tiny_entry();
    for (const fs::path& archive : archives) {
      entry.sources.push_back({"file://" + archive.string(),
                               archive.filename().string(), "", "1 kB"});
    }
    return entry;
  }
  Status get(const Entry& entry, const std::string& from = "") {
    said_.clear();
    return get_entry(
        paths(), entry, [this](const std::string& line) { said_.push_back(line); }, from);
  }
  bool ready(const Entry& entry = tiny_entry()) const {
    return verify_entry(paths(), entry, quiet).ok();
  }
  /// What lies in the store beside published sets.
  std::vector<std::string> leftovers() const {
    std::vector<std::string> out;
    for (const auto& item : fs::directory_iterator(paths().data())) {
      if (item.path().filename() != "tiny") out.push_back(item.path().filename());
    }
    return out;
  }
  const Paths& paths() const { return home_.paths(); }
  fs::path set() const { return paths().data() / "tiny"; }

  const testing::TemporaryHome home_;
  const fs::path good_ = home_.paths().home / "good.tgz";
  const fs::path bad_ = home_.paths().home / "bad.tgz";
  std::vector<std::string> said_;
};

int status_of(pid_t pid) {
  int status = 0;
  EXPECT_EQ(::waitpid(pid, &status, 0), pid);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

TEST_F(Get, PublishesAWholeSetFromALocalArchive) {
  const Status status = get(tiny_entry(), good_);
  ASSERT_TRUE(status.ok()) << status.error().text();
  EXPECT_TRUE(ready());
  EXPECT_THAT(leftovers(), IsEmpty());
  EXPECT_TRUE(fs::exists(good_));
}

TEST_F(Get, DoesNothingWhenTheSetIsThere) {
  ASSERT_TRUE(get(tiny_entry(), good_).ok());
  const auto written = fs::last_write_time(set() / kDescriptionFile);
  ASSERT_TRUE(get(with_sources({"/nowhere/at-all"})).ok());
  EXPECT_EQ(fs::last_write_time(set() / kDescriptionFile), written);
  EXPECT_THAT(said_, ElementsAre(HasSubstr("is there and whole")));
}

TEST_F(Get, RefusesABadLocalArchiveAndLeavesItAlone) {
  const Status status = get(tiny_entry(), bad_);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().fault, Fault::user);
  EXPECT_THAT(status.error().text(), HasSubstr("bad.tgz"));
  EXPECT_TRUE(fs::exists(bad_));
  EXPECT_FALSE(fs::exists(set()));
  EXPECT_THAT(leftovers(), IsEmpty());
  const Status missing = get(tiny_entry(), "/nowhere/at-all");
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.error().fault, Fault::user);
}

TEST_F(Get, TriesTheNextSourceWhenOneFailsOrIsDamaged) {
  const Status status = get(with_sources({"/nowhere/at-all.tgz", bad_, good_}));
  ASSERT_TRUE(status.ok()) << status.error().text();
  EXPECT_TRUE(ready());
  EXPECT_THAT(said_, Contains(HasSubstr("curl failed")));
  EXPECT_THAT(said_, Contains(HasSubstr("bad.tgz is damaged and thrown away")));
  EXPECT_FALSE(fs::exists(paths().home / "downloads" / "tiny" / "bad.tgz"));
}

TEST_F(Get, NamesEverySourceWhenAllFail) {
  const Status status = get(with_sources({"/nowhere/at-all.tgz", bad_}));
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().fault, Fault::infrastructure);
  EXPECT_THAT(status.error().what, HasSubstr("at-all.tgz: curl failed"));
  EXPECT_THAT(status.error().what, HasSubstr("test.bin has sha256"));
}

TEST_F(Get, ADamagedDownloadOfBeforeIsFetchedAgain) {
  const fs::path kept = paths().home / "downloads" / "tiny" / "good.tgz";
  ASSERT_TRUE(make_folder(kept.parent_path()).ok());
  ASSERT_TRUE(write_file(kept, (*read_file(good_)).substr(0, 300)).ok());
  ASSERT_TRUE(get(with_sources({good_})).ok());
  EXPECT_THAT(said_, Contains(HasSubstr("using the download of before")));
  EXPECT_THAT(said_, Contains(HasSubstr("fetching")));
  EXPECT_EQ(*read_file(kept), *read_file(good_));
}

TEST_F(Get, RepairsADamagedSetFromItsKeptDownload) {
  const Entry entry = with_sources({good_});
  ASSERT_TRUE(get(entry).ok());
  fs::remove(good_);
  std::string bytes = *read_file(set() / "train.images");
  bytes[5] ^= 1;
  ASSERT_TRUE(write_file(set() / "train.images", bytes).ok());
  const Status damaged = verify_entry(paths(), entry, quiet);
  ASSERT_FALSE(damaged.ok());
  EXPECT_THAT(damaged.error().where, HasSubstr("train.images"));
  EXPECT_THAT(damaged.error().cure, HasSubstr("gradus data get tiny"));
  ASSERT_TRUE(get(entry).ok());
  EXPECT_TRUE(ready());
  EXPECT_THAT(leftovers(), IsEmpty());
}

TEST_F(Get, RemovesADamagedSplit) {
  ASSERT_TRUE(get(tiny_entry(), good_).ok());
  const auto split = Dataset::open(paths(), "tiny")->split({6, 4, 1});
  ASSERT_TRUE(split.ok());
  ASSERT_TRUE(write_file(split->val.labels, "\1\1\1\1").ok());
  EXPECT_THAT(verify_entry(paths(), tiny_entry(), quiet).error().what, HasSubstr("split"));
  ASSERT_TRUE(get(tiny_entry()).ok());
  EXPECT_TRUE(ready());
  EXPECT_FALSE(fs::exists(split->train.images));
}

// Killed at every line of progress in turn: the set is absent or whole, and the next call ends
// well.
TEST_F(Get, KilledAnywhereItLeavesNothingHalfDone) {
  const Entry entry = with_sources({"/nowhere/at-all.tgz", good_});
  int killed = 0;
  for (int line = 1; line < 100; ++line) {
    ASSERT_TRUE(remove_tree(paths().data()).ok());
    ASSERT_TRUE(remove_tree(paths().home / "downloads").ok());
    const pid_t pid = ::fork();
    if (pid == 0) {
      int left = line;
      const Say say = [&left](const std::string&) {
        if (--left == 0) ::kill(::getpid(), SIGKILL);
      };
      ::_exit(get_entry(paths(), entry, say, "").ok() ? 0 : 1);
    }
    const int status = status_of(pid);
    EXPECT_EQ(fs::exists(set()), ready()) << "line " << line;
    const Status again = get(entry);
    ASSERT_TRUE(again.ok()) << again.error().text();
    EXPECT_TRUE(ready());
    EXPECT_THAT(leftovers(), IsEmpty()) << "line " << line;
    if (status == 0) break;
    ASSERT_EQ(status, 128 + SIGKILL);
    ++killed;
  }
  EXPECT_GE(killed, 6);
}

TEST_F(Get, TwoAtOnceBothEndWell) {
  const Entry entry = with_sources({good_});
  std::vector<pid_t> children;
  for (int i = 0; i < 4; ++i) {
    const pid_t pid = ::fork();
    if (pid == 0) ::_exit(get_entry(paths(), entry, quiet, "").ok() ? 0 : 1);
    children.push_back(pid);
  }
  for (const pid_t pid : children) EXPECT_EQ(status_of(pid), 0);
  EXPECT_TRUE(ready());
  EXPECT_THAT(leftovers(), IsEmpty());
}

TEST(Catalog, KnowsItsSets) {
  EXPECT_THAT(known_datasets(), Contains("cifar10"));
  std::set<std::string> names;
  for (const Entry& entry : entries()) {
    EXPECT_TRUE(names.insert(entry.info.name).second) << "twice: " << entry.info.name;
    EXPECT_EQ(entry.info.hash, dataset_hash(entry.files));
    EXPECT_FALSE(entry.sources.empty() || entry.layouts.empty() || entry.canonical.empty());
    std::int64_t train = 0, test = 0;
    for (const CanonicalFile& file : entry.canonical) (file.train ? train : test) += file.records;
    EXPECT_EQ(train, entry.info.train_count);
    EXPECT_EQ(test, entry.info.test_count);
  }
}

TEST(Catalog, AnUnknownNameIsTheUsersMistake) {
  const testing::TemporaryHome home;
  const Status status = get(home.paths(), "cifar01", quiet);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().fault, Fault::user);
  EXPECT_THAT(status.error().cure, HasSubstr("cifar10"));
  EXPECT_FALSE(verify(home.paths(), "../x", quiet).ok());
}

TEST(Catalog, ListsWhatIsMissingAndWhatIsDamaged) {
  const testing::TemporaryHome home;
  EXPECT_EQ(list(home.paths()).front().state, "missing");
  ASSERT_TRUE(make_folder(home.paths().data() / "cifar10").ok());
  const CatalogEntry row = list(home.paths()).front();
  EXPECT_EQ(row.name, "cifar10");
  EXPECT_EQ(row.title, "CIFAR-10");
  EXPECT_THAT(row.state, HasSubstr("damaged: "));
  EXPECT_THAT(verify(home.paths(), "cifar10", quiet).error().cure, HasSubstr("data get cifar10"));
}

}  // namespace
}  // namespace gradus::datasets
