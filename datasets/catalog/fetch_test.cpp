#include "datasets/catalog/fetch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "datasets/testing/synthetic.hpp"
#include "framework/core/files.hpp"
#include "framework/core/hash.hpp"

// No network: curl reads file:// addresses.
namespace gradus::datasets {
namespace {

namespace fs = std::filesystem;
using ::testing::Contains;
using ::testing::HasSubstr;

class Fetch : public ::testing::Test {
 protected:
  Fetch() {
    EXPECT_TRUE(make_folder(downloads_).ok());
    EXPECT_TRUE(make_folder(bin_).ok());
    EXPECT_TRUE(write_file(remote_, content_).ok());
  }
  ~Fetch() override { ::setenv("PATH", path_.c_str(), 1); }

  Source url(const std::string& hash) const {
    return {"file://" + remote_.string(), "archive.tgz", hash, "10 kB"};
  }
  Result<fs::path> run(const Source& source) {
    return fetch(source, downloads_, [this](const std::string& line) { said_.push_back(line); });
  }
  std::size_t files() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(downloads_), {}));
  }

  const testing::TemporaryHome home_;
  const fs::path downloads_ = home_.paths().home / "downloads";
  const fs::path bin_ = home_.paths().home / "bin";
  const fs::path remote_ = home_.paths().home / "remote.tgz";
  const fs::path part_ = downloads_ / "archive.tgz.part";
  const std::string content_ = [] {
    const auto bytes = testing::noise(9, 10'000);
    return std::string(bytes.begin(), bytes.end());
  }();
  const std::string path_ = std::getenv("PATH");
  std::vector<std::string> said_;
};

TEST_F(Fetch, BringsAUrlAndChecksItsHash) {
  const auto file = run(url(sha256(content_)));
  ASSERT_TRUE(file.ok()) << file.error().text();
  EXPECT_EQ(*read_file(*file), content_);
  EXPECT_EQ(files(), 1U);
}

TEST_F(Fetch, GoesOnWhereADownloadWasCutOff) {
  ASSERT_TRUE(write_file(part_, content_.substr(0, 4000)).ok());
  const auto file = run(url(sha256(content_)));
  ASSERT_TRUE(file.ok()) << file.error().text();
  EXPECT_EQ(*read_file(*file), content_);
  EXPECT_THAT(said_, Contains(HasSubstr("going on after 3.9 KiB")));
}

TEST_F(Fetch, ADamagedPieceOfBeforeIsThrownAway) {
  ASSERT_TRUE(write_file(part_, std::string(4000, 'x')).ok());
  const auto file = run(url(sha256(content_)));
  ASSERT_TRUE(file.ok()) << file.error().text();
  EXPECT_EQ(*read_file(*file), content_);
  EXPECT_THAT(said_, Contains(HasSubstr("starting again")));
}

TEST_F(Fetch, AWrongHashIsAnErrorAndNothingStays) {
  const auto file = run(url(std::string(64, '0')));
  ASSERT_FALSE(file.ok());
  EXPECT_EQ(file.error().fault, Fault::infrastructure);
  EXPECT_THAT(file.error().what, HasSubstr("wanted 0000"));
  EXPECT_EQ(files(), 0U);
}

TEST_F(Fetch, AnAddressThatIsNotThereIsAnErrorThatSaysWhy) {
  fs::remove(remote_);
  const auto file = run(url(""));
  ASSERT_FALSE(file.ok());
  EXPECT_THAT(file.error().what, HasSubstr("curl failed"));
  EXPECT_THAT(file.error().cure, HasSubstr("--from"));
}

TEST_F(Fetch, NamesTheCommandThatInstallsWhatIsMissing) {
  ::setenv("PATH", bin_.c_str(), 1);
  const auto file = run(url(""));
  ASSERT_FALSE(file.ok());
  EXPECT_THAT(file.error().what, HasSubstr("curl is not installed"));
  EXPECT_EQ(file.error().cure, "apt-get install curl ca-certificates");
}

}  // namespace
}  // namespace gradus::datasets
