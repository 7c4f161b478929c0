#include "framework/record/probes.hpp"

#include <gtest/gtest.h>

#include <set>

namespace gradus {
namespace {

TEST(Probes, HaveNamesOfTheirOwnHelpAndAKnownHandOver) {
  const std::set<std::string> stages = {"init", "one_step", "overfit"};
  std::set<std::string> names;
  for (const auto& probe : probe_table()) {
    EXPECT_TRUE(names.insert(probe.name).second) << probe.name << " twice";
    EXPECT_FALSE(probe.help.empty()) << probe.name;
    EXPECT_TRUE(stages.contains(probe.weights)) << probe.name;
  }
  EXPECT_GE(names.size(), 8U);
}

}  // namespace
}  // namespace gradus
