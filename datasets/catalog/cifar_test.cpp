#include "datasets/catalog/cifar.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "datasets/catalog/archive.hpp"
#include "datasets/catalog/convert.hpp"
#include "datasets/testing/synthetic.hpp"
#include "datasets/testing/tiny_entry.hpp"
#include "framework/core/hash.hpp"

namespace gradus::datasets {
namespace {

using ::testing::HasSubstr;
using testing::NamedBytes;
using testing::tiny_binary_members;
using testing::tiny_canonical;
using testing::quiet;
using testing::tiny_entry;
using testing::tiny_picture_members;


/// The bytes of the member whose name ends so.
std::string& member(NamedBytes& members, const std::string& name) {
  for (auto& [path, bytes] : members) {
    if (path.ends_with("/" + name)) return bytes;
  }
  ADD_FAILURE() << "no " << name;
  return members.front().second;
}

class ConvertArchive : public ::testing::Test {
 protected:
  Status convert(const NamedBytes& members, const Entry& entry = tiny_entry()) {
    testing::write_archive(archive_, members);
    EXPECT_TRUE(remove_tree(staging_).ok());
    EXPECT_TRUE(make_folder(staging_).ok());
    return convert_archive(entry, archive_, staging_, quiet);
  }
  std::string error(const NamedBytes& members, Fault fault = Fault::user,
                    const Entry& entry = tiny_entry()) {
    const Status status = convert(members, entry);
    EXPECT_FALSE(status.ok());
    if (status.ok()) return "";
    EXPECT_EQ(status.error().fault, fault);
    EXPECT_FALSE(status.error().cure.empty());
    return status.error().text();
  }
  const testing::TemporaryHome home_;
  const std::filesystem::path archive_ = home_.paths().home / "archive.tgz";
  const std::filesystem::path staging_ = home_.paths().home / "staging";
};

TEST_F(ConvertArchive, BothKindsGiveTheSameStore) {
  for (const NamedBytes& members : {tiny_binary_members(), tiny_picture_members()}) {
    const Status status = convert(members);
    ASSERT_TRUE(status.ok()) << status.error().text();
    const Entry entry = tiny_entry();
    for (std::size_t i = 0; i < kStoreFiles.size(); ++i) {
      EXPECT_EQ(*sha256_file(staging_ / kStoreFiles[i]), entry.files[i]) << kStoreFiles[i];
    }
    EXPECT_TRUE(std::filesystem::exists(staging_ / kDescriptionFile));
  }
}

// One record by hand: planes in, interleaved pixels out.
TEST(ConvertCifar, InterleavesThePlanes) {
  const testing::TemporaryHome home;
  Entry entry = tiny_entry();
  entry.info.height = 1;
  entry.info.width = 2;
  const CanonicalFile file{"one.bin", "", true, 1};
  auto store = StoreWriter::create(home.paths().home);
  ASSERT_TRUE(store.ok());
  ASSERT_TRUE(convert_cifar(entry, file,
                            std::string_view("\x02"
                                             "RrGgBb",
                                             7),
                            *store)
                  .ok());
  ASSERT_TRUE(store->close().ok());
  EXPECT_EQ(*read_file(home.paths().home / "train.images"), "RGBrgb");
  EXPECT_EQ(*read_file(home.paths().home / "train.labels"), "\x02");
  EXPECT_EQ(*read_file(home.paths().home / "test.images"), "");
}

TEST(ConvertCifar, RefusesLabelsAndSizesThatCannotBe) {
  const testing::TemporaryHome home;
  const Entry entry = tiny_entry();
  auto store = StoreWriter::create(home.paths().home);
  ASSERT_TRUE(store.ok());
  std::string bytes = tiny_canonical(0);
  EXPECT_THAT(convert_cifar(entry, entry.canonical[0], bytes + "x", *store).error().what,
              HasSubstr("246 bytes, wanted 245"));
  bytes[49] = 3;
  EXPECT_THAT(convert_cifar(entry, entry.canonical[0], bytes, *store).error().what,
              HasSubstr("label 3 in record 1"));
}

TEST_F(ConvertArchive, RefusesACanonicalFileWithAnotherHash) {
  NamedBytes members = tiny_binary_members();
  member(members, "batch_2.bin")[100] ^= 1;
  EXPECT_THAT(error(members), HasSubstr("batch_2.bin has sha256"));
  members = tiny_picture_members();
  member(members, "test_lables.json") = "[0,0,0,0]";
  EXPECT_THAT(error(members), HasSubstr("test.bin has sha256"));
}

TEST_F(ConvertArchive, SaysWhatAnUnknownArchiveLacks) {
  NamedBytes members = tiny_binary_members();
  members.pop_back();
  EXPECT_THAT(error(members),
              HasSubstr("not an archive of Tiny: the publisher's archive would also "
                        "hold batch_1.bin; the package of pictures would"));
  EXPECT_THAT(error({{"a", "b"}}), HasSubstr("batch_1.bin and 2 more"));
}

TEST_F(ConvertArchive, RefusesBrokenPicturesAndLabels) {
  const auto broken = [this](const std::string& name, const std::string& bytes) {
    NamedBytes members = tiny_picture_members();
    member(members, name) = bytes;
    return error(members);
  };
  EXPECT_THAT(broken("batch_2.png", "no picture"), HasSubstr("batch_2.png"));
  EXPECT_THAT(broken("batch_2.png", ""), HasSubstr("not a PNG"));
  NamedBytes members = tiny_picture_members();
  EXPECT_THAT(broken("batch_2.png", member(members, "test.png")), HasSubstr("16 x 4 pixels"));
  EXPECT_THAT(broken("batch_2.png", std::string(2001, 'x')), HasSubstr("2001 bytes"));
  for (const char* labels : {"", "{}", "[0,1,2]", "[0,1,2,3]", "[0,1,2,-1]", "[0,1,2,\"0\"]",
                             "[0,1,2,1e300]", "[0,1,2,0.5]", "[[[[[[", "\xff\xff"}) {
    EXPECT_THAT(broken("test_lables.json", labels), HasSubstr("test_lables.json")) << labels;
  }
}

TEST_F(ConvertArchive, OurOwnMistakeIsNotTheArchives) {
  Entry entry = tiny_entry();
  entry.files[2] = std::string(64, '0');
  EXPECT_THAT(error(tiny_binary_members(), Fault::infrastructure, entry),
              HasSubstr("do not have the hashes of the catalogue"));
}

}  // namespace
}  // namespace gradus::datasets
