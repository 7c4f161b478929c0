// Each attack of the table runs with only a layer that holds it (every such layer in turn), with no
// layer at all, and with all. With none it must succeed, or the case proves nothing; those runs
// happen in a disposable outer sandbox, with mounts, processes and a loopback network of its own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "framework/core/text.hpp"
#include "framework/tests/attacks/attacks.hpp"
#include "framework/tests/attacks/layers.hpp"
#include "framework/tests/attacks/outer.hpp"
#include "framework/tests/attacks/staged.hpp"

namespace gradus::attacks {
namespace {

using sandbox::Layers;
using sandbox::Mode;

class Attacked : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    auto stage = make_stage(GRADUS_TEST_PREFIX, GRADUS_TEST_ATTACKER);
    ASSERT_TRUE(stage.ok()) << stage.error().text();
    stage_ = *stage;
  }
  void TearDown() override { EXPECT_TRUE(remove_tree(stage_.home).ok()); }

  std::string attack(Mode mode, const Layers* layers) const {
    return run_attack(stage_.home, stage_.attacker, GetParam(), mode, layers);
  }
  static void expect_held(const std::string& said, const std::string& under) {
    if (said.starts_with("impossible")) GTEST_SKIP() << said;
    EXPECT_TRUE(said.starts_with("held: ") || said.starts_with("stopped: "))
        << GetParam() << " with " << under << ": " << said;
  }

  Stage stage_;
};

std::vector<std::string> names() {
  std::vector<std::string> found;
  for (const Attack& attack : kAttacks) found.emplace_back(attack.name);
  return found;
}
INSTANTIATE_TEST_SUITE_P(Table, Attacked, testing::ValuesIn(names()),
                         [](const auto& info) { return info.param; });

TEST_P(Attacked, IsHeldByEachLayerThatItNames) {
  int tried = 0;
  for (const std::string& wanted : split(find_attack(GetParam())->held_by, ' ')) {
    if (wanted == "user" && geteuid() != 0) continue;  // only root has others to become
    const auto one = only(wanted);
    ASSERT_TRUE(one.has_value()) << wanted;
    ++tried;
    expect_held(attack(Mode::full, &*one), "only " + wanted);
  }
  EXPECT_GT(tried, 0);
}

TEST_P(Attacked, IsHeldByAllLayers) { expect_held(attack(Mode::full, nullptr), "all"); }

TEST_P(Attacked, IsHeldWithoutNamespaces) {
  expect_held(attack(Mode::reduced, nullptr), "--sandbox reduced");
}

TEST_P(Attacked, SucceedsWithNoLayer) {
  const Command outer = in_outer_sandbox(
      {GRADUS_TEST_PREFIX, GRADUS_TEST_ATTACKER, GRADUS_TEST_UNPROTECTED},
      {GRADUS_TEST_UNPROTECTED, GRADUS_TEST_PREFIX, GRADUS_TEST_ATTACKER, GetParam()});
  const auto done = run(outer);
  ASSERT_TRUE(done.ok()) << done.error().text();
  if (done->err.starts_with("bwrap:")) GTEST_SKIP() << done->err;
  if (done->out.starts_with("impossible")) GTEST_SKIP() << done->out;
  EXPECT_EQ(done->exit_code, 0);
  EXPECT_THAT(done->out, testing::StartsWith("succeeded: ")) << done->err;
}

TEST(AttackTable, NamesEveryAttackOnceWithKnownLayers) {
  std::set<std::string> seen;
  for (const Attack& attack : kAttacks) {
    EXPECT_TRUE(seen.insert(attack.name).second) << attack.name;
    EXPECT_NE(attack.run, nullptr);
    for (const std::string& layer : split(attack.held_by, ' '))
      EXPECT_TRUE(only(layer).has_value()) << attack.name << ": " << layer;
  }
  EXPECT_EQ(find_attack("no_such_attack"), nullptr);
}

/// Every attack function of the header is in the table: one that is left out would never run.
TEST(AttackTable, HasEveryFunctionOfTheHeader) {
  const auto source = read_file(GRADUS_TEST_HEADER);
  ASSERT_TRUE(source.ok()) << source.error().text();
  std::size_t functions = 0;
  for (const std::string& line : split(*source, '\n')) {
    const std::string start = "inline Finding ";
    if (!line.starts_with(start) || line.find("(const Target&") == std::string::npos) continue;
    const std::string name = line.substr(start.size(), line.find('(') - start.size());
    EXPECT_NE(find_attack(name), nullptr) << name << " is not in kAttacks";
    ++functions;
  }
  EXPECT_EQ(functions, std::size(kAttacks));
}

}  // namespace
}  // namespace gradus::attacks
