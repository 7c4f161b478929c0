#pragma once

// For this room's tests: a whole lab, a small vocabulary and temporary files.

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "framework/core/text.hpp"
#include "framework/lab/key.hpp"
#include "framework/lab/lab.hpp"

namespace gradus::lab::testing {

/// Every table and nearly every key of the format, each valid.
inline const std::string kLab = R"([lab]
id = "demo"
title = "A lab"
profile = "quick"

[data]
name = "cifar10"
split = { train = 45000, val = 5000, seed = 3 }
normalize = { mean = [0.5, 0.5, 0.5], std = [0.2, 0.2, 0.2] }

[submission]
reference = ["simplenn", "simplenn_bn", "swish"]
model = { required = true }
activation = { required = false }

[recipe]
epochs = 30
batch = 128
optimizer = { name = "sgd", lr = 0.01, momentum = 0.9, weight_decay = 1e-4 }

[run]
seed = 7

[[task]]
id = "sanity"
kind = "probe"
model = "submission:simplenn"
probes = ["shape", { name = "initial_loss", tolerance = 0.1 }]

[[task]]
id = "lr_sweep"
kind = "train"
model = "submission:simplenn_bn"
activation = "reference:swish"
input = { crop = 4, flip = true }
trials = 2
vary.zip = { "optimizer.lr" = [1, 0.1, 0.01], epochs = [30, 30, 95] }

[[task]]
id = "l2_sweep"
kind = "train"
model = "submission:simplenn_bn"
activation = "reference:swish"
input = { crop = 4, flip = true }
recipe = { optimizer = { momentum = 0.5 } }
vary.grid = { "optimizer.weight_decay" = [1e-2, 1e-4], batch = [64, 128] }

[[rubric]]
id = "loss"
points = 2
check = "loss"
task = "sanity"
mean = 2.3

[[rubric]]
id = "rates"
title = "Large rates fail"
points = 3
check = "arms"
task = "lr_sweep"
arm = { "optimizer.lr" = 1.0 }
best = { key = "optimizer.lr", at_most = 0.02 }
partial = [{ best = { at_most = 0.1 }, points = 1 }]

[[figure]]
kind = "sweep"
task = "lr_sweep"

[profile.smoke]
epochs.scale = 0.01
run.train_images = 200

[profile.quick]
epochs.scale = 0.1
recipe.optimizer.lr = 0.02
task.l2_sweep.recipe.epochs = 9
rubric.rates.best.at_most = 0.05
)";

inline Vocabulary words() {
  NamedSpec loss;
  loss.name = "loss";
  loss.task_kinds = {"probe"};
  loss.keys = {Key(ValueType::number, "mean", "").required().at_least(0),
               Key(ValueType::fraction, "tolerance", ""), Key(ValueType::probes, "probe", ""),
               Key(ValueType::interval, "between", ""), Key(ValueType::difference, "gap", "")};
  loss.needs_probes = {"shape"};
  NamedSpec arms;
  arms.name = "arms";
  arms.task_kinds = {"train"};
  arms.keys = {Key(ValueType::arm, "arm", ""), Key(ValueType::arms, "except", ""),
               Key(ValueType::other_task, "with", ""), Key(ValueType::varied, "best.key", ""), Key(ValueType::number, "best.at_most", "")};
  arms.one_of = {"arm", "best.at_most"};
  arms.together = {{"best.at_most", "best.key"}};
  NamedSpec shape{.name = "shape"};
  NamedSpec initial{.name = "initial_loss"};
  initial.keys = {Key(ValueType::number, "tolerance", "").at_least(0)};
  return {{loss, arms}, {shape, initial}, {"cifar10", "mnist"}};
}

/// A folder that is gone when the test is.
class Folder {
 public:
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "gradus-lab-XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path file(const std::string& name, const std::string& content) const {
    std::filesystem::create_directories((path_ / name).parent_path());
    std::ofstream(path_ / name, std::ios::binary) << content;
    return path_ / name;
  }

 private:
  std::filesystem::path path_;
};

inline std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  if (at != std::string::npos) text.replace(at, from.size(), to);
  return text;
}

/// "optimizer_lr_big" of a piece of TOML: what a list of tests can hold of it.
inline std::string words_of(const std::string& text) {
  constexpr std::size_t kMost = 40;
  std::string words;
  for (const char c : text) {
    const bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (word) words += c;
    if (!word && !words.empty() && words.back() != '_') words += '_';
    if (words.size() == kMost) break;
  }
  return words.ends_with('_') ? words.substr(0, words.size() - 1) : words;
}

/// Names a test after its number and what PrintTo() says of its case.
inline constexpr auto kCaseName = [](const auto& info) {
  return std::to_string(info.index) + "_" + words_of(::testing::PrintToString(info.param));
};

inline Result<Lab> read(const std::string& text, const std::string& profile = "full",
                        const std::vector<Override>& overrides = {}) {
  const Folder folder;
  return read_lab(folder.file("lab.toml", text), profile, words(), overrides);
}

/// The complaint about a lab, without the folder's name; "" where there is none.
inline std::string complaint(const std::string& text, const std::string& profile = "full",
                             const std::vector<Override>& overrides = {}) {
  const Folder folder;
  const auto lab = read_lab(folder.file("lab.toml", text), profile, words(), overrides);
  if (lab.ok()) return "";
  EXPECT_EQ(lab.error().fault, Fault::user);
  std::string all = lab.error().where + (lab.error().where.empty() ? "" : ": ") + lab.error().what;
  const std::string prefix = folder.path().string() + "/";
  for (std::size_t at; (at = all.find(prefix)) != std::string::npos;) all.erase(at, prefix.size());
  return all;
}

}  // namespace gradus::lab::testing
