#include "framework/record/probes.hpp"

#include <gtest/gtest.h>

#include <set>

namespace gradus {
namespace {

TEST(Probes, HaveNamesOfTheirOwnHelpAndAKnownHandOver) {
  const std::set<std::string> stages = {"init", "one_step", "overfit"};
  const std::set<std::string> subjects = {"model", "activation", "augmentation"};
  std::set<std::string> names;
  for (const auto& probe : probe_table()) {
    EXPECT_TRUE(names.insert(probe.name).second) << probe.name << " twice";
    EXPECT_FALSE(probe.help.empty()) << probe.name;
    EXPECT_TRUE(stages.contains(probe.weights)) << probe.name;
    EXPECT_TRUE(subjects.contains(probe.subject)) << probe.name;
    EXPECT_GE(probe.level, kLowestLevel) << probe.name;
    EXPECT_LE(probe.level, kHighestLevel) << probe.name;
    EXPECT_EQ(find_probe_info(probe.name), &probe);
    EXPECT_EQ(probe.claimed, probe.help.find("a claim") != std::string::npos) << probe.name;
  }
  EXPECT_GE(names.size(), 29U);
  EXPECT_EQ(find_probe_info("shap"), nullptr);
}

TEST(Probes, TellWhatAPlanNeedsOfTheTrainer) {
  RunPlan plan;
  EXPECT_EQ(last_hand_over(plan), "init");
  plan.probes = {{"shape", {}}, {"gradients", {}}};
  EXPECT_EQ(last_hand_over(plan), "one_step");
  plan.probes.push_back({"state_round_trip", {}});
  plan.probes.push_back({"chance", {}});
  EXPECT_EQ(last_hand_over(plan), "overfit");
  EXPECT_EQ(claimed_probes(plan), (std::vector<std::string>{"gradients", "state_round_trip"}));
  EXPECT_TRUE(lists_probe(plan, "chance"));
  EXPECT_FALSE(lists_probe(plan, "dead_units"));
}

}  // namespace
}  // namespace gradus
