#include "framework/record/npy.hpp"

#include <gtest/gtest.h>

#include "framework/core/files.hpp"

namespace gradus {
namespace {

class Npy : public ::testing::Test {
 protected:
  void SetUp() override {
    auto made = make_temporary_folder(fs::temp_directory_path(), "gradus-npy-test");
    ASSERT_TRUE(made.ok());
    folder = *made;
  }
  void TearDown() override { ASSERT_TRUE(remove_tree(folder).ok()); }
  // A .npy file with this header text and this many bytes of data.
  Result<NpyArray> read_made(std::string header, std::size_t data, std::uint64_t limit = 1 << 20) {
    std::string file("\x93NUMPY\x01\x00", 8);
    file += static_cast<char>(header.size() & 255U);
    file += static_cast<char>(header.size() >> 8);
    file += header + std::string(data, 'x');
    EXPECT_TRUE(write_file(folder / "made.npy", file).ok());
    return read_npy(folder / "made.npy", limit);
  }
  fs::path folder;
};

TEST_F(Npy, ReadsBackWhatItWrote) {
  const std::vector<float> values = {1, 2, 3, 4, 5, 6};
  const auto bytes = std::as_bytes(std::span(values));
  ASSERT_TRUE(write_npy(folder / "a.npy", "float32", {2, 3}, bytes).ok());
  const auto read = read_npy(folder / "a.npy");
  ASSERT_TRUE(read.ok()) << read.error().text();
  EXPECT_EQ(read->dtype, "float32");
  EXPECT_EQ(read->shape, (std::vector<std::int64_t>{2, 3}));
  EXPECT_TRUE(std::equal(bytes.begin(), bytes.end(), read->bytes.begin(), read->bytes.end()));
  // NumPy wants the data to begin at a multiple of 64.
  EXPECT_EQ((fs::file_size(folder / "a.npy") - bytes.size()) % 64, 0U);
}

// Found by the fuzz target: copying no bytes to nowhere is undefined all the same.
TEST_F(Npy, ReadsAnEmptyArray) {
  ASSERT_TRUE(write_npy(folder / "empty.npy", "int64", {0, 3}, {}).ok());
  const auto read = read_npy(folder / "empty.npy");
  ASSERT_TRUE(read.ok()) << read.error().text();
  EXPECT_EQ(read->shape, (std::vector<std::int64_t>{0, 3}));
  EXPECT_TRUE(read->bytes.empty());
}

TEST_F(Npy, ReadsAHeaderAsNumPyWritesIt) {
  const auto read = read_made("{'descr': '<i8', 'fortran_order': False, 'shape': (2,), }   \n", 16);
  ASSERT_TRUE(read.ok()) << read.error().text();
  EXPECT_EQ(read->dtype, "int64");
  EXPECT_EQ(read->shape, std::vector<std::int64_t>{2});
}

TEST_F(Npy, RefusesHostileHeadersBeforeAllocating) {
  const std::string order = "'fortran_order': False, ";
  for (const std::string& header : std::vector<std::string>{
           "{'descr': '<f4', " + order + "'shape': (9223372036854775807, 9223372036854775807), }",
           "{'descr': '<f4', " + order + "'shape': (-1,), }",
           "{'descr': '<f4', " + order + "'shape': (1,1,1,1,1,1,1,1,1,1), }",
           "{'descr': '<f4', " + order + "'shape': (x,), }",
           "{'descr': '<f4', " + order + "}",
           "{'descr': '|O', " + order + "'shape': (1,), }",
           "{'descr': '<f4', 'fortran_order': True, 'shape': (1,), }",
           "",
       }) {
    EXPECT_FALSE(read_made(header, 4).ok()) << header;
  }
}

TEST_F(Npy, RefusesATruncatedFileAndSaysWhatIsMissing) {
  const auto read = read_made("{'descr': '<f4', 'fortran_order': False, 'shape': (4,), }\n", 15);
  ASSERT_FALSE(read.ok());
  EXPECT_NE(read.error().what.find("found 15 bytes"), std::string::npos) << read.error().text();
}

TEST_F(Npy, WriterRefusesBytesThatDoNotFitTheShape) {
  const std::vector<float> values(5);
  EXPECT_FALSE(
      write_npy(folder / "a.npy", "float32", {2, 3}, std::as_bytes(std::span(values))).ok());
}

}  // namespace
}  // namespace gradus
