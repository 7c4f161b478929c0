#include "framework/supervisor/checkpoint.hpp"

#include <gtest/gtest.h>

#include "framework/core/files.hpp"
#include "framework/core/hash.hpp"

namespace gradus::supervisor {
namespace {

std::shared_ptr<const Weights> weights(const std::string& at, const std::string& kind, int size) {
  auto made = std::make_shared<Weights>();
  made->at = at;
  made->epoch = 3;
  made->tensors = {{"a", kind, "float32", {size}, {}}, {"b", kind, "int64", {}, {}}};
  for (Tensor& tensor : made->tensors) {
    tensor.bytes.resize(static_cast<std::size_t>(tensor.count() * dtype_size(tensor.dtype)),
                        std::byte{static_cast<unsigned char>(size)});
  }
  return made;
}

Checkpoint sample() {
  Checkpoint made;
  made.epoch = 3;
  made.evidence.run_hash = std::string(64, 'a');
  made.evidence.status = "done";
  made.evidence.epochs = {{3, 0.5, 0.25, 0.01, 1.0 / 3, 0.7}};
  made.events = {{{"type", "progress"}, {"loss", 0.1}}, {{"type", "weights"}}};
  made.epoch_wall_ms = {1.5, 2.5};
  made.trainer = {10, 20};
  made.examiner = {30, 40};
  made.last = {weights("epoch", "parameter", 5), {2, 2, {1, 2, 3, 4}}};
  made.best = {weights("epoch", "parameter", 4), {2, 2, {4, 3, 2, 1}}};
  made.state = weights("state", "optimizer", 7);
  return made;
}

void expect_equal(const Weights& a, const Weights& b) {
  EXPECT_EQ(a.at, b.at);
  EXPECT_EQ(a.epoch, b.epoch);
  ASSERT_EQ(a.tensors.size(), b.tensors.size());
  for (std::size_t i = 0; i < a.tensors.size(); ++i) {
    EXPECT_EQ(a.tensors[i].name, b.tensors[i].name);
    EXPECT_EQ(a.tensors[i].kind, b.tensors[i].kind);
    EXPECT_EQ(a.tensors[i].dtype, b.tensors[i].dtype);
    EXPECT_EQ(a.tensors[i].shape, b.tensors[i].shape);
    EXPECT_EQ(a.tensors[i].bytes, b.tensors[i].bytes);
  }
}

class CheckpointFile : public ::testing::Test {
 protected:
  void SetUp() override {
    auto made = make_temporary_folder(fs::temp_directory_path(), "gradus-checkpoint");
    ASSERT_TRUE(made.ok());
    folder_.emplace(*made);
    file_ = *made / "HASH" / "checkpoint";
  }
  Result<std::optional<Checkpoint>> read() const {
    return read_checkpoint(file_, std::string(64, 'a'));
  }
  std::string text() const { return read_file(file_).value(); }
  /// As a forger would: with a sum that fits.
  void write_signed(std::string hashed) const {
    hashed += sha256(hashed);
    ASSERT_TRUE(write_file(file_, hashed).ok());
  }

  std::optional<FolderGuard> folder_;
  fs::path file_;
};

TEST_F(CheckpointFile, SurvivesTheRoundTrip) {
  EXPECT_FALSE(read().value().has_value()) << "none yet";
  const Checkpoint made = sample();
  ASSERT_TRUE(write_checkpoint(file_, made).ok());
  const auto back = read();
  ASSERT_TRUE(back.ok()) << back.error().text();
  const Checkpoint& found = **back;
  EXPECT_EQ(found.epoch, 3);
  EXPECT_EQ(to_json(found.evidence), to_json(made.evidence));
  EXPECT_EQ(found.evidence.epochs[0].val_loss, 1.0 / 3) << "to the last bit";
  EXPECT_EQ(found.events, made.events);
  EXPECT_EQ(found.epoch_wall_ms, made.epoch_wall_ms);
  EXPECT_EQ(found.trainer.cpu_ms, 10);
  EXPECT_EQ(found.examiner.wall_ms, 40);
  EXPECT_EQ(found.best.val.values, made.best.val.values);
  expect_equal(*found.last.weights, *made.last.weights);
  expect_equal(*found.best.weights, *made.best.weights);
  expect_equal(*found.state, *made.state);
}

TEST_F(CheckpointFile, KeepsOneCopyWhereTheLastIsTheBest) {
  Checkpoint made = sample();
  ASSERT_TRUE(write_checkpoint(file_, made).ok());
  const auto two = text().size();
  made.best = made.last;
  ASSERT_TRUE(write_checkpoint(file_, made).ok());
  EXPECT_LT(text().size(), two);
  const auto back = read();
  ASSERT_TRUE(back.ok());
  EXPECT_EQ((*back)->best.weights, (*back)->last.weights);
}

TEST_F(CheckpointFile, OfAnotherRunIsRefused) {
  ASSERT_TRUE(write_checkpoint(file_, sample()).ok());
  const auto back = read_checkpoint(file_, std::string(64, 'b'));
  ASSERT_FALSE(back.ok());
  EXPECT_NE(back.error().what.find("another run"), std::string::npos);
}

TEST_F(CheckpointFile, DamageAnywhereIsSeen) {
  ASSERT_TRUE(write_checkpoint(file_, sample()).ok());
  const std::string whole = text();
  for (std::size_t at = 0; at < whole.size(); at += 7) {
    std::string broken = whole;
    broken[at] = static_cast<char>(broken[at] ^ 1);
    ASSERT_TRUE(write_file(file_, broken).ok());
    EXPECT_FALSE(read().ok()) << at;
    ASSERT_TRUE(write_file(file_, whole.substr(0, at)).ok());
    EXPECT_FALSE(read().ok()) << "cut at " << at;
  }
}

TEST_F(CheckpointFile, LyingSizesAreRefusedBeforeTheyAreUsed) {
  ASSERT_TRUE(write_checkpoint(file_, sample()).ok());
  const std::string whole = text().substr(0, text().size() - 64);
  write_signed(whole);
  ASSERT_TRUE(read().ok()) << "the forger's sum is good";
  std::string longer = whole;
  for (std::size_t i = 8; i < 16; ++i) longer[i] = '\x7f';
  write_signed(longer);
  EXPECT_FALSE(read().ok());
  write_signed(whole + "more");
  EXPECT_FALSE(read().ok());
  for (const auto& [from, to] : {std::pair{"[5]", "[9]"},
                                 {"[5]", "[-]"},
                                 {"\"count\":2", "\"count\":9"},
                                 {"\"float32\"", "\"float99\""},
                                 {"\"epoch\":3", "\"epoch\":0"}}) {
    std::string changed = whole;
    for (std::size_t at; (at = changed.find(from)) != std::string::npos;) {
      changed.replace(at, std::string(from).size(), to);
    }
    ASSERT_NE(changed, whole) << from;
    write_signed(changed);
    EXPECT_FALSE(read().ok()) << from << " became " << to;
  }
}

}  // namespace
}  // namespace gradus::supervisor
