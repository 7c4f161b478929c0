#pragma once

// A sound lab, and what `gradus lab check` says of its changed copies.

#include <gmock/gmock.h>

#include "framework/lab/check.hpp"
#include "framework/lab/testing.hpp"

namespace gradus::lab::testing {

/// The small vocabulary with checks that are named and keyed as the real ones.
inline Vocabulary check_words() {
  Vocabulary known = words();
  known.checks[1].keys.push_back(Key(ValueType::number, "best.at_least", ""));
  NamedSpec parameters{.name = "parameters"};
  parameters.keys = {
      Key(ValueType::integer, "expect.total", ""), Key(ValueType::integer, "expect.at_least", ""),
      Key(ValueType::integer, "expect.at_most", ""), Key(ValueType::numbers, "expect.one_of", "")};
  parameters.task_kinds = {"probe", "train"};
  NamedSpec first{.name = "initial_loss"};
  first.keys = {Key(ValueType::number, "mean", ""), Key(ValueType::number, "tolerance", "")};
  first.task_kinds = {"probe"};
  NamedSpec accuracy{.name = "accuracy"};
  accuracy.keys = {Key(ValueType::fraction, "at_least", ""),
                   Key(ValueType::fraction, "at_most", ""), Key(ValueType::interval, "between", ""),
                   Key(ValueType::arms, "except", ""), Key(ValueType::text, "of", "")};
  accuracy.task_kinds = {"train"};
  accuracy.needs_whole_arms = {"at_least", "at_most"};
  NamedSpec rate{.name = "learning_rate", .task_kinds = {"train"}, .claimed = true};
  NamedSpec probe{.name = "probe"};
  probe.keys = {Key(ValueType::probes, "probe", "")};
  probe.task_kinds = {"probe"};
  NamedSpec sweep{.name = "sweep"};
  sweep.keys = {
      Key(ValueType::varied, "best.key", ""), Key(ValueType::number, "best.at_most", ""),
      Key(ValueType::arm, "worst.arm", ""),   Key(ValueType::difference, "worst.margin", ""),
      Key(ValueType::fraction, "within", ""), Key(ValueType::arms, "except", "")};
  sweep.task_kinds = {"train"};
  NamedSpec weights{.name = "weights"};
  weights.keys = {Key(ValueType::arm, "arm", ""), Key(ValueType::number, "times", ""),
                  Key(ValueType::arm, "than", ""), Key(ValueType::text, "layer", "")};
  weights.task_kinds = {"train"};
  for (const NamedSpec& check : {parameters, first, accuracy, rate, probe, sweep, weights})
    known.checks.push_back(check);
  NamedSpec counted{.name = "parameters"};
  counted.keys = {Key(ValueType::integer, "total", "")};
  NamedSpec batch{.name = "overfits", .claimed = true};
  batch.keys = {Key(ValueType::number, "accuracy", "")};
  known.probes.push_back(counted);
  known.probes.push_back(batch);
  known.probes[1].keys.push_back(Key(ValueType::number, "mean", ""));
  known.classes = {{"cifar10", 10}};
  known.heights = {{"cifar10", 32}};
  known.images = {{"cifar10", 50000}};
  known.plugins = {{"simplenn", {{"model", "simplenn"}}},
                   {"simplenn_bn", {{"model", "simplenn_bn"}}},
                   {"swish", {{"activation", "swish"}}}};
  return known;
}

/// kLab, and items that look at every task, so that nothing at all is found.
inline const std::string kSound = kLab + R"(
[[task]]
id = "counted"
kind = "probe"
model = "submission:simplenn"
probes = [{ name = "parameters", total = 100 }, { name = "initial_loss", mean = 2.3 }, "overfits"]

[[rubric]]
id = "count"
points = 1
check = "parameters"
task = "counted"
expect = { total = 100 }

[[rubric]]
id = "first"
points = 1
check = "initial_loss"
task = "counted"
mean = 2.3

[[rubric]]
id = "reach"
points = 3
check = "accuracy"
task = "l2_sweep"
at_least = 0.5
partial = [{ at_least = 0.4, points = 2 }, { at_least = 0.3, points = 1 }]
except = [{ batch = 64 }]
)";

/// A change of the sound lab that brings one mistake in, and what is said of it.
struct Case {
  const char* name;
  std::string from, to;
  bool error;
  std::vector<std::string> wanted;
};
inline void PrintTo(const Case& one, std::ostream* out) { *out << one.name; }

inline Checked check(const std::string& text) {
  const Folder folder;
  auto checked = check_lab(folder.file("lab.toml", text), check_words());
  EXPECT_TRUE(checked.ok()) << (checked.ok() ? "" : checked.error().text());
  if (!checked.ok()) return {};
  const std::string prefix = folder.path().string() + "/";
  for (Finding& finding : checked->findings)
    finding.place = finding.place.substr(finding.place.starts_with(prefix) ? prefix.size() : 0);
  return std::move(*checked);
}

inline std::string lines(const Checked& checked) {
  std::string text;
  for (const Finding& finding : checked.findings) {
    text += finding.place + (finding.error ? " error " : " warning ") + finding.what + " [" +
            join(finding.profiles, ",") + "]\n";
  }
  return text;
}

/// One mistake, one finding, with its place.
inline void expect_found(const Case& one) {
  const Checked checked = check(replaced(kSound, one.from, one.to));
  const std::string text = lines(checked);
  EXPECT_EQ(checked.sound(), !one.error) << text;
  EXPECT_THAT(text, ::testing::HasSubstr("lab.toml:"));
  for (const std::string& part : one.wanted) EXPECT_THAT(text, ::testing::HasSubstr(part));
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1) << "one mistake, one finding\n" << text;
}

}  // namespace gradus::lab::testing
