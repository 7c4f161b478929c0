#include <gmock/gmock.h>

#include <fstream>
#include <sstream>

#include "framework/lab/schema.hpp"
#include "framework/lab/testing.hpp"

namespace gradus::lab {
namespace {

using ::testing::HasSubstr;

TEST(KeysMarkdown, NamesEveryKeyWithRangeAndDefault) {
  const std::string text = keys_markdown();
  for (const auto* tables : {&schema(), &overlay_schema()}) {
    for (const TableSpec& table : *tables) {
      for (const KeySpec& key : table.keys) EXPECT_THAT(text, HasSubstr("| `" + key.name + "` |"));
    }
  }
  EXPECT_THAT(text, HasSubstr("| `batch` | an integer from 1 to 65536 | 128 | images a step | "
                              "`batch = 64` |"));
}

TEST(KeysMarkdown, NamesChecksAndProbes) {
  const std::string text =
      specs_markdown(testing::words().checks) + specs_markdown(testing::words().probes);
  EXPECT_THAT(text, HasSubstr("### `arms`"));
  EXPECT_THAT(text, HasSubstr("| `best.key` | a key that the task varies |"));
  EXPECT_THAT(text, HasSubstr("### `initial_loss`"));
}

// The page's tables are made by keys_markdown(); this fails when one of the two changes alone.
TEST(KeysMarkdown, IsWhatThePageSays) {
  const char* path = std::getenv("GRADUS_WRITE_KEYS");
  if (path != nullptr) std::ofstream(path) << keys_markdown();
  std::ifstream file(GRADUS_LAB_PAGE);
  ASSERT_TRUE(file) << GRADUS_LAB_PAGE;
  std::stringstream page;
  page << file.rdbuf();
  EXPECT_NE(page.str().find(keys_markdown()), std::string::npos)
      << "replace the tables of framework/docs/lab_keys.md by what GRADUS_WRITE_KEYS=FILE "
         "lab_test writes to FILE";
}

}  // namespace
}  // namespace gradus::lab
