#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "datasets/store/description.hpp"
#include "datasets/testing/synthetic.hpp"

namespace gradus::datasets {
namespace {

using ::testing::HasSubstr;
using testing::make_tiny;
using testing::TemporaryHome;

/// Error of opening "tiny" after its dataset.json was changed by `change`.
template <class Change>
Error error_after(Change change) {
  const TemporaryHome home;
  make_tiny(home.paths());
  const auto path = home.paths().data() / "tiny" / kDescriptionFile;
  Json json = Json::parse(*read_file(path));
  change(json);
  EXPECT_TRUE(write_file(path, json.dump()).ok());
  const auto dataset = Dataset::open(home.paths(), "tiny");
  EXPECT_FALSE(dataset.ok());
  return dataset.ok() ? Error{} : dataset.error();
}

TEST(Dataset, OpensWhatIsInTheStore) {
  const TemporaryHome home;
  const Dataset dataset = make_tiny(home.paths(), 60, 20);
  EXPECT_EQ(dataset.info().title, "Tiny");
  EXPECT_EQ(dataset.info().classes.size(), 4U);
  EXPECT_EQ(dataset.published_train().count, 60);
  EXPECT_EQ(std::filesystem::file_size(dataset.published_test().images), 20U * 192U);
  EXPECT_EQ(std::filesystem::file_size(dataset.published_test().labels), 20U);
}

TEST(Dataset, FilesAreForTheirOwnerOnly) {
  const TemporaryHome home;
  const Dataset dataset = make_tiny(home.paths());
  for (const auto& file : {dataset.published_train().images, dataset.published_test().labels}) {
    EXPECT_EQ(std::filesystem::status(file).permissions(),
              std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  }
}

TEST(Dataset, SaysHowToGetOneThatIsMissing) {
  const TemporaryHome home;
  const auto dataset = Dataset::open(home.paths(), "cifar10");
  ASSERT_FALSE(dataset.ok());
  EXPECT_EQ(dataset.error().fault, Fault::user);
  EXPECT_THAT(dataset.error().text(), HasSubstr("gradus data get cifar10"));
}

TEST(Dataset, RefusesNamesThatLeadOutOfTheStore) {
  const TemporaryHome home;
  make_tiny(home.paths());
  for (const char* name : {"", "..", "../data/tiny", "/etc", ".tiny", "tiny/", "a b"}) {
    const auto dataset = Dataset::open(home.paths(), name);
    ASSERT_FALSE(dataset.ok()) << name;
    EXPECT_THAT(dataset.error().what, HasSubstr("is not a name of a data set")) << name;
  }
}

TEST(Dataset, NamesATruncatedFileAndTheCure) {
  for (const char* name : kStoreFiles) {
    const TemporaryHome home;
    make_tiny(home.paths());
    const auto file = home.paths().data() / "tiny" / name;
    std::filesystem::resize_file(file, std::filesystem::file_size(file) - 1);
    const auto dataset = Dataset::open(home.paths(), "tiny");
    ASSERT_FALSE(dataset.ok()) << name;
    EXPECT_EQ(dataset.error().fault, Fault::infrastructure);
    EXPECT_THAT(dataset.error().where, HasSubstr(name));
    EXPECT_THAT(dataset.error().what, HasSubstr("truncated or damaged"));
    EXPECT_THAT(dataset.error().cure, HasSubstr("gradus data get tiny"));
    std::filesystem::remove(file);
    const auto missing = Dataset::open(home.paths(), "tiny");
    ASSERT_FALSE(missing.ok());
    EXPECT_THAT(missing.error().where, HasSubstr(name));
  }
}

TEST(Dataset, RefusesABrokenDescription) {
  const TemporaryHome home;
  make_tiny(home.paths());
  const auto path = home.paths().data() / "tiny" / kDescriptionFile;
  for (const char* text : {"", "{", "[]", "null", "\xff\xfe", "{\"schema\": \"\xff\"}"}) {
    ASSERT_TRUE(write_file(path, text).ok());
    const auto dataset = Dataset::open(home.paths(), "tiny");
    ASSERT_FALSE(dataset.ok()) << text;
    EXPECT_THAT(dataset.error().cure, HasSubstr("gradus data get tiny")) << text;
  }
}

TEST(Dataset, RefusesImpossibleDescriptions) {
  EXPECT_THAT(error_after([](Json& j) { j["schema"] = "gradus.dataset/9"; }).what,
              HasSubstr("gradus.dataset/9"));
  EXPECT_THAT(error_after([](Json& j) { j["name"] = "other"; }).what, HasSubstr("other"));
  EXPECT_THAT(error_after([](Json& j) { j.erase("height"); }).what, HasSubstr("height"));
  EXPECT_THAT(error_after([](Json& j) { j["width"] = "8"; }).what, HasSubstr("broken"));
  EXPECT_THAT(error_after([](Json& j) { j["width"] = -8; }).what, HasSubstr("width is -8"));
  EXPECT_THAT(error_after([](Json& j) { j["channels"] = 0; }).what, HasSubstr("channels is 0"));
  EXPECT_THAT(error_after([](Json& j) { j["height"] = std::int64_t{1} << 62; }).what,
              HasSubstr("height is"));
  EXPECT_THAT(error_after([](Json& j) { j["train_count"] = -1; }).what, HasSubstr("counts"));
  EXPECT_THAT(error_after([](Json& j) { j["classes"] = Json::array(); }).what,
              HasSubstr("0 classes"));
  EXPECT_THAT(error_after([](Json& j) { j["files"]["test.labels"] = "x"; }).what,
              HasSubstr("sha256"));
  EXPECT_THAT(error_after([](Json& j) { j["hash"] = std::string(64, '0'); }).what,
              HasSubstr("not that of its files"));
}

}  // namespace
}  // namespace gradus::datasets
