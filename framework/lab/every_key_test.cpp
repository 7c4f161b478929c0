#include <gmock/gmock.h>

#include "framework/lab/schema.hpp"
#include "framework/lab/testing.hpp"

namespace gradus::lab {
namespace {

using testing::complaint;
using ::testing::HasSubstr;
using testing::kLab;
using testing::replaced;

/// A value of a type that the key does not take, and values beside its range.
std::vector<std::string> bad_values(const KeySpec& key) {
  std::vector<std::string> bad;
  switch (key.type) {
    case ValueType::boolean:
      bad = {"3", "\"true\"", "[]"};
      break;
    case ValueType::integer:
      bad = {"\"x\"", "1.5", "true", "[]", "nan"};
      break;
    case ValueType::number:
      bad = {"\"x\"", "true", "[]", "nan", "inf", "-inf"};
      break;
    case ValueType::text:
      bad = {"3", "true", "[]", "{}"};
      break;
    case ValueType::table:
      bad = {"3", "\"x\"", "[]"};
      break;
    case ValueType::list:
      bad = {"3", "\"x\"", "{}"};
      break;
    case ValueType::identifier:
      bad = {"3", "\"A\"", "\"\"", "\"a b\"", "\"1a\""};
      break;
    case ValueType::texts:
      bad = {"3", "[]", "[3]"};
      break;
    case ValueType::numbers:
      bad = {"3", "[]", "[\"x\"]", "[nan]"};
      break;
    case ValueType::plugin:
      bad = {"3", "\"simplenn\"", "\"reference\"", "{}", "{ use = \"x\" }"};
      break;
    case ValueType::other_task:
      bad = {"3", "\"no_such_task\""};
      break;
    case ValueType::time:
      bad = {"3", "\"x\"", "2026-12-01", "2026-12-01T23:59:00", "23:59:00"};
      break;
    default:
      break;
  }
  if (key.min) bad.push_back(number(*key.min - 1));
  if (key.max) bad.push_back(number(*key.max + 1));
  if (!key.choices.empty()) bad.push_back("\"no_such_choice\"");
  return bad;
}

TEST(LabReader, RefusesWrongValuesOfEveryKey) {
  const std::map<std::string, std::string> places = {{"submission.KIND", "submission.model"},
                                                     {"task", "task.lr_sweep"},
                                                     {"rubric", "rubric.rates"},
                                                     {"task.reported", "task.lr_sweep.reported"},
                                                     {"task.stop_arms", "task.lr_sweep.stop_arms"},
                                                     {"task.vary", "task.lr_sweep.vary"}};
  std::size_t tried = 0;
  for (const TableSpec& table : schema()) {
    if (table.path == "figure" || table.path == "profile")
      continue;  // no --set reaches them: below
    const auto place = places.find(table.path);
    const std::string path = place == places.end() ? table.path : place->second;
    for (const KeySpec& key : table.keys) {
      const std::string full = path.empty() ? key.name : path + "." + key.name;
      if (full == "task" || full == "rubric" || full == "figure" || full == "profile") continue;
      // An id cannot be changed without losing its way; the others are reached by --set.
      if (key.name == "id" && path != "lab") continue;
      const std::vector<std::string> values = bad_values(key);
      ASSERT_FALSE(values.empty()) << full;
      for (const std::string& value : values) {
        const std::string text = complaint(kLab, "full", {{full, value}});
        EXPECT_THAT(text, HasSubstr("--set " + full + ": ")) << full << " = " << value;
        EXPECT_THAT(text, HasSubstr(key.name + ": found ")) << full << " = " << value;
        ++tried;
      }
    }
  }
  EXPECT_GT(tried, 150U);
}

TEST(LabReader, RefusesWrongValuesOfEveryKeyOfAFigure) {
  for (const KeySpec& key : table_spec("figure").keys) {
    for (const std::string& value : bad_values(key)) {
      const std::string text = complaint(kLab + "\n[[figure]]\n" + key.name + " = " + value + "\n");
      EXPECT_THAT(text, HasSubstr("figure." + key.name + ": found ")) << key.name << " = " << value;
      EXPECT_THAT(text, HasSubstr(", wanted ")) << value;
    }
  }
}

TEST(LabReader, RefusesWrongValuesOfEveryKeyOfAProfile) {
  for (const KeySpec& key : table_spec("profile").keys) {
    for (const std::string& value : bad_values(key)) {
      EXPECT_THAT(complaint(kLab + "\n[profile.other]\n" + key.name + " = " + value + "\n"),
                  HasSubstr(key.name + ": found "))
          << value;
    }
  }
}

/// The complaint about a lab with this private overlay, without the folder's name.
std::string overlay_complaint(const std::string& overlay) {
  const testing::Folder folder;
  const auto lab = read_lab(folder.file("lab.toml", kLab), "full", testing::words(), {},
                            folder.file("private.toml", overlay));
  if (lab.ok()) return "";
  std::string all = lab.error().text();
  const std::string prefix = folder.path().string() + "/";
  for (std::size_t at; (at = all.find(prefix)) != std::string::npos;) all.erase(at, prefix.size());
  return all;
}

TEST(LabReader, RefusesWrongValuesOfEveryKeyOfAnOverlay) {
  std::size_t tried = 0;
  for (const TableSpec& table : overlay_schema()) {
    for (const KeySpec& key : table.keys) {
      for (const std::string& value : bad_values(key)) {
        std::string text = table.path == "overlay"
                               ? key.name + " = " + value + "\n"
                               : "[" + table.path + "]\n" + key.name + " = " + value + "\n";
        if (table.path != "private" && key.name != "private")
          text = "private.lab = \"demo\"\n" + text;
        EXPECT_THAT(overlay_complaint(text), HasSubstr(key.name + ": found ")) << text;
        EXPECT_THAT(overlay_complaint(text), HasSubstr("private.toml:")) << text;
        ++tried;
      }
    }
  }
  EXPECT_GT(tried, 20U);
}

}  // namespace
}  // namespace gradus::lab
