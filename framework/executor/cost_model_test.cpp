#include "framework/executor/cost_model.hpp"

#include <gtest/gtest.h>

#include "framework/core/files.hpp"

namespace gradus::executor {
namespace {

RunPlan network(const std::string& library) {
  RunPlan plan;
  plan.model.library_hash = library;
  plan.model.name = "network of " + library;
  return plan;
}

class CostModelFile : public ::testing::Test {
 protected:
  void SetUp() override {
    auto folder = make_temporary_folder(std::filesystem::temp_directory_path(), "gradus-costs");
    ASSERT_TRUE(folder.ok());
    folder_ = *folder;
  }
  void TearDown() override { static_cast<void>(remove_tree(folder_)); }
  std::filesystem::path file() const { return folder_ / "costs.json"; }
  std::filesystem::path folder_;
};

TEST(CostModel, KnowsWhatItLearntAndNothingElse) {
  CostModel model;
  EXPECT_FALSE(model.seconds_an_image(network("a")));
  model.learn(network("a"), 1000, 2, 300);
  EXPECT_DOUBLE_EQ(*model.seconds_an_image(network("a")), 0.002);
  EXPECT_DOUBLE_EQ(*model.memory_mib(network("a")), 300);
  EXPECT_FALSE(model.seconds_an_image(network("b")));
  RunPlan threads = network("a");
  threads.threads = 2;
  EXPECT_FALSE(model.seconds_an_image(threads));
  RunPlan epochs = network("a");
  epochs.recipe.epochs = 99;
  epochs.seed = 7;
  EXPECT_TRUE(model.seconds_an_image(epochs)) << "a longer run costs the same an image";
}

TEST(CostModel, ARebuiltPluginCostsWhatItCostBefore) {
  CostModel model;
  model.learn(network("a"), 1000, 2, 300);
  RunPlan rebuilt = network("a");
  rebuilt.model.library_hash = "a, after an edit";
  ASSERT_TRUE(model.seconds_an_image(rebuilt));
  EXPECT_DOUBLE_EQ(*model.seconds_an_image(rebuilt), 0.002);
  EXPECT_FALSE(model.memory_mib(rebuilt)) << "it may hold more than before";
  RunPlan wider = rebuilt;
  wider.model.options["width"] = 64;
  EXPECT_FALSE(model.seconds_an_image(wider)) << "another network of the same plugin";
  model.learn(rebuilt, 1000, 9, 300);
  EXPECT_DOUBLE_EQ(*model.seconds_an_image(rebuilt), 0.009) << "its own before its kin's";
  EXPECT_DOUBLE_EQ(*model.seconds_an_image(network("a")), 0.002);
}

TEST(CostModel, TheNewestRunCountsMostAndTheLargestMemory) {
  CostModel model;
  model.learn(network("a"), 1000, 1, 300);
  model.learn(network("a"), 1000, 3, 200);
  EXPECT_DOUBLE_EQ(*model.seconds_an_image(network("a")), 0.002);
  EXPECT_DOUBLE_EQ(*model.memory_mib(network("a")), 300);
}

TEST(CostModel, WhatCannotBeIsNotLearnt) {
  CostModel model;
  model.learn(network("a"), 0, 1, 300);
  model.learn(network("a"), 100, 0, 300);
  model.learn(network("a"), 100, -1, 300);
  EXPECT_FALSE(model.seconds_an_image(network("a")));
}

TEST_F(CostModelFile, GivesBackWhatWasWritten) {
  CostModel model;
  model.learn(network("a"), 1000, 2, 300);
  ASSERT_TRUE(model.write(file()).ok());
  const CostModel read = CostModel::read(file());
  EXPECT_DOUBLE_EQ(*read.seconds_an_image(network("a")), 0.002);
  RunPlan rebuilt = network("a");
  rebuilt.model.library_hash = "b";
  EXPECT_TRUE(read.seconds_an_image(rebuilt));
  EXPECT_DOUBLE_EQ(*read.memory_mib(network("a")), 300);
}

TEST_F(CostModelFile, ForgetsTheOldestWhereItIsFull) {
  constexpr int kAll = static_cast<int>(CostModel::kMost) + 2;
  const auto name = [](int i) { return "library " + std::to_string(i); };
  CostModel first;
  for (int i = 0; i < kAll - 1; ++i) first.learn(network(name(i)), 1000, 1, 1);
  first.learn(network(name(1)), 1000, 1, 1);  // ran again
  ASSERT_TRUE(first.write(file()).ok());
  CostModel second = CostModel::read(file());
  EXPECT_FALSE(second.seconds_an_image(network(name(0))));
  EXPECT_TRUE(second.seconds_an_image(network(name(1))));
  second.learn(network(name(kAll)), 1000, 1, 1);  // the count goes on where it was
  ASSERT_TRUE(second.write(file()).ok());
  const CostModel third = CostModel::read(file());
  EXPECT_FALSE(third.seconds_an_image(network(name(2))));
  for (const int kept : {1, 3, kAll - 2, kAll})
    EXPECT_TRUE(third.seconds_an_image(network(name(kept)))) << kept;
}

TEST_F(CostModelFile, OneWithoutAgesIsReadToo) {
  CostModel model;
  model.learn(network("a"), 1000, 2, 300);
  ASSERT_TRUE(model.write(file()).ok());
  Json json = Json::parse(*read_file(file()));
  for (auto& cost : json["costs"]) cost.erase("learned");
  ASSERT_TRUE(write_file(file(), json.dump()).ok());
  EXPECT_TRUE(CostModel::read(file()).seconds_an_image(network("a")));
}

TEST(CostModel, AnotherClassOfGpuIsAnotherCost) {
  CostModel model;
  RunPlan gpu = network("a");
  gpu.device = "cuda";
  gpu.device_name = "NVIDIA H100";
  model.learn(gpu, 1000, 2, 300);
  EXPECT_FALSE(model.seconds_an_image(network("a")));
  gpu.device_name = "NVIDIA H200";
  EXPECT_FALSE(model.seconds_an_image(gpu));
}

TEST_F(CostModelFile, DamagedIsEmpty) {
  EXPECT_FALSE(CostModel::read(file()).seconds_an_image(network("a")));
  CostModel model;
  model.learn(network("a"), 1000, 2, 300);
  ASSERT_TRUE(model.write(file()).ok());
  const std::string whole = *read_file(file());
  for (
      const std::string& text :
      {std::string("{"), std::string("[]"), whole.substr(0, whole.size() / 2),
       std::string(R"({"schema": "gradus.costs/1", "costs": 3})"),
       std::string(R"({"schema": "gradus.costs/9", "costs": {}})"),
       std::string(
           R"({"schema": "gradus.costs/1", "costs": {"k": {"seconds_an_image": -1, "memory_mib": 0}}})")}) {
    ASSERT_TRUE(write_file(file(), text).ok());
    EXPECT_FALSE(CostModel::read(file()).seconds_an_image(network("a"))) << text;
  }
}

}  // namespace
}  // namespace gradus::executor
