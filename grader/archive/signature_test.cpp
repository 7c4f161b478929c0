#include "grader/archive/signature.hpp"

#include <gtest/gtest.h>

namespace gradus::grader {
namespace {

using namespace std::string_literals;

TEST(Signature, NamesWhatStudentsHandInInPlaceOfAnArchive) {
  EXPECT_EQ(kind_of_file("7z\xBC\xAF\x27\x1C\0\4"s), "a 7z archive");
  EXPECT_EQ(kind_of_file("Rar!\x1A\7"s), "a RAR archive");
  EXPECT_EQ(kind_of_file("BZh91AY"s), "a bzip2 file");
  EXPECT_EQ(kind_of_file("%PDF-1.7"s), "a PDF");
  EXPECT_EQ(kind_of_file("\x7F"
                         "ELF\2"s),
            "a program or library");
  EXPECT_EQ(kind_of_file("PK\3\4 cut short"s), "a damaged zip");
  EXPECT_EQ(kind_of_file("int main() {}\n"s), "a text file");
  EXPECT_EQ(kind_of_file("résumé\n"s), "a text file");
  EXPECT_EQ(kind_of_file("\1\2\3"s), "something else");
  EXPECT_EQ(kind_of_file(""s), "something else");
}

TEST(Signature, KnowsAnEmptyZip) {
  EXPECT_TRUE(is_empty_zip("PK\5\6"s + std::string(18, '\0')));
  EXPECT_FALSE(is_empty_zip("PK\3\4"s));
}

}  // namespace
}  // namespace gradus::grader
