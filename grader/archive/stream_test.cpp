#include "grader/archive/stream.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gradus::grader {
namespace {

using ::testing::HasSubstr;

std::string record(RecordKind kind, const std::string& name, const std::string& content = "") {
  return record_head(kind, name, content.size()) + content;
}
std::string stream(const std::vector<std::string>& records) {
  std::string out(kStreamMagic);
  for (const std::string& one : records) out += one;
  return out;
}
const std::string kEnd = record(RecordKind::end, "");

Unpacking read(const std::string& text) { return read_stream(text, {}, 1000); }

TEST(UnpackStream, GivesMembersBack) {
  const std::string text = stream({record(RecordKind::folder, "src"),
                                   record(RecordKind::file, "src/net.cpp", "int x;\n"), kEnd});
  const Unpacking unpacking = read(text);
  EXPECT_TRUE(unpacking.whole);
  EXPECT_FALSE(unpacking.refusal);
  ASSERT_EQ(unpacking.members.size(), 2U);
  EXPECT_TRUE(unpacking.members[0].folder);
  EXPECT_EQ(unpacking.members[1].name, "src/net.cpp");
  EXPECT_EQ(unpacking.members[1].content, "int x;\n");
}

TEST(UnpackStream, IsNotWholeWhereverItIsCut) {
  const std::string text = stream({record(RecordKind::file, "a.cpp", "content"), kEnd});
  ASSERT_TRUE(read(text).whole);
  for (std::size_t length = 0; length < text.size(); ++length)
    EXPECT_FALSE(read(text.substr(0, length)).whole) << length;
  EXPECT_FALSE(read(text + "more").whole);
}

TEST(UnpackStream, BelievesNoLengthAndNoKind) {
  std::string huge = stream({record_head(RecordKind::file, "a", ~std::uint64_t{0}), kEnd});
  EXPECT_FALSE(read(huge).whole);
  std::string name = stream({kEnd});
  name[kStreamMagic.size() + 4] = '\x7F';  // top byte of the name's length
  EXPECT_FALSE(read(name).whole);
  EXPECT_FALSE(read(stream({record(static_cast<RecordKind>('X'), "a"), kEnd})).whole);
  EXPECT_FALSE(read("another program's output").whole);
}

// An unpacker that was taken over may name anything.
TEST(UnpackStream, ChecksEveryNameAndSizeAgain) {
  for (const char* name : {"/etc/passwd", "../x", "a\nb"}) {
    const Unpacking unpacking = read(stream({record(RecordKind::file, name), kEnd}));
    EXPECT_TRUE(unpacking.refusal) << name;
    EXPECT_TRUE(unpacking.members.empty());
  }
  ArchiveCaps caps;
  caps.file_bytes = 4;
  const std::string text = stream({record(RecordKind::file, "a", "12345"), kEnd});
  EXPECT_THAT(read_stream(text, caps, 1000).refusal->what, HasSubstr("larger than 4 B"));
}

TEST(UnpackStream, CarriesARefusalAsPrintableText) {
  const Unpacking unpacking =
      read(stream({record(RecordKind::refused, "bad \033[31m", "mend it")}));
  EXPECT_TRUE(unpacking.whole);
  ASSERT_TRUE(unpacking.refusal);
  EXPECT_EQ(unpacking.refusal->what.find('\033'), std::string::npos);
  EXPECT_EQ(unpacking.refusal->cure, "mend it");
}

}  // namespace
}  // namespace gradus::grader
