#include "framework/core/terminal.hpp"

#include <gtest/gtest.h>

#include <cstdio>

namespace gradus {
namespace {

// A stream that is no terminal, and what was written to it.
class Terminals : public ::testing::Test {
 protected:
  void SetUp() override { stream = std::tmpfile(); }
  void TearDown() override { std::fclose(stream); }
  std::string written() {
    std::rewind(stream);
    std::string text(4096, '\0');
    text.resize(std::fread(text.data(), 1, text.size(), stream));
    return text;
  }
  std::FILE* stream = nullptr;
};

TEST_F(Terminals, AFileGetsNoColour) {
  const Terminal terminal(stream);
  EXPECT_FALSE(terminal.interactive());
  EXPECT_EQ(terminal.styled(Style::bad, "x"), "x");
}

TEST_F(Terminals, TableAlignsColumnsByCharactersNotBytes) {
  const Terminal terminal(stream);
  const Table table{{"Name", "N"}, {{"é", "1"}, {"long name", "1000"}}, {}, {false, true}};
  EXPECT_EQ(table.render(terminal),
            "  Name          N\n"
            "  ─────────  ────\n"
            "  é             1\n"
            "  long name  1000\n");
}

TEST_F(Terminals, LiveLinesWriteOnlyFinishedOnesToAFile) {
  const Terminal terminal(stream);
  LiveLines lines(terminal);
  lines.update(1, "half");
  lines.update(2, "half");
  lines.finish(1, "one done");
  lines.close();
  EXPECT_EQ(written(), "one done\n");
}

}  // namespace
}  // namespace gradus
