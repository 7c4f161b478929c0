#include "framework/core/hash.hpp"

#include <gtest/gtest.h>

#include "framework/core/files.hpp"

namespace gradus {
namespace {

// FIPS 180-2, appendix B.
constexpr const char* kAbc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

TEST(Hash, AgreesWithTheStandardsExamples) {
  EXPECT_EQ(sha256("abc"), kAbc);
  EXPECT_EQ(sha256(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(Hash, PiecesEqualTheWhole) {
  Sha256 hash;
  hash.update("a");
  hash.update("bc");
  EXPECT_EQ(hash.hex(), kAbc);
}

TEST(Hash, FieldsKeepTheirBoundaries) {
  Sha256 one, other;
  one.update_field("ab");
  one.update_field("c");
  other.update_field("a");
  other.update_field("bc");
  EXPECT_NE(one.hex(), other.hex());
}

TEST(Hash, OfAFileThatIsNotThereIsAnError) {
  const auto result = sha256_file("/nonexistent/file");
  ASSERT_FALSE(result.ok());
  EXPECT_NE(result.error().text().find("/nonexistent/file"), std::string::npos);
}

}  // namespace
}  // namespace gradus
