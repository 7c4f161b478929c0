// A student's plugin in either role goes for the data store, the network, another process and files
// outside its scratch: with only a layer that holds it (each in turn), with all, and with none.
// With none it must succeed, or the case proves nothing; that happens in a disposable outer
// sandbox.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <tuple>

#include "framework/core/text.hpp"
#include "framework/tests/attacks/attacks.hpp"
#include "framework/tests/attacks/layers.hpp"
#include "framework/tests/attacks/outer.hpp"
#include "framework/tests/attacks/role.hpp"

namespace gradus::attacks {
namespace {

using sandbox::Layers;
using sandbox::Mode;
using namespace std::string_literals;

const std::string kTried[] = {"read_labels",    "list_folder",   "read_through_proc_root",
                              "create_outside", "tcp_connect",   "unix_connect",
                              "signal_victim",  "ptrace_victim", "write_victim_by_proc"};

class PluginAttack : public testing::TestWithParam<std::tuple<std::string, std::string>> {
 protected:
  void SetUp() override {
    std::signal(SIGPIPE, SIG_IGN);
    auto stage = make_role_stage(GRADUS_TEST_PREFIX, GRADUS_TEST_WORKER, GRADUS_TEST_PLUGIN,
                                 GRADUS_TEST_TORCH);
    ASSERT_TRUE(stage.ok()) << stage.error().text();
    stage_ = *stage;
  }
  void TearDown() override { EXPECT_TRUE(remove_tree(stage_.home).ok()); }

  std::string role() const { return std::get<0>(GetParam()); }
  std::string name() const { return std::get<1>(GetParam()); }
  void expect_held(Mode mode, const Layers* layers, const std::string& under) const {
    EXPECT_THAT(attack_in_role(stage_, role(), name(), mode, layers), testing::StartsWith("held: "))
        << name() << " by a " << role() << " with " << under;
  }

  RoleStage stage_;
};

INSTANTIATE_TEST_SUITE_P(Roles, PluginAttack,
                         testing::Combine(testing::Values("trainer"s, "examiner"s),
                                          testing::ValuesIn(kTried)),
                         [](const auto& info) {
                           return std::get<0>(info.param) + "_" + std::get<1>(info.param);
                         });

TEST_P(PluginAttack, IsHeldByEachLayerAloneAndByAll) {
  const Attack* attack = find_attack(name());
  ASSERT_NE(attack, nullptr);
  for (const std::string& layer : split(attack->held_by, ' ')) {
    if (layer == "user" && geteuid() != 0) continue;  // only root has others to become
    const auto one = only(layer);
    ASSERT_TRUE(one.has_value()) << layer;
    expect_held(Mode::full, &*one, "only " + layer);
  }
  expect_held(Mode::full, nullptr, "all layers");
}

TEST_P(PluginAttack, SucceedsWithNoLayer) {
  const auto done =
      run(in_outer_sandbox({GRADUS_TEST_PREFIX, GRADUS_TEST_TORCH},
                           {GRADUS_TEST_UNPROTECTED_ROLE, GRADUS_TEST_PREFIX, GRADUS_TEST_WORKER,
                            GRADUS_TEST_PLUGIN, GRADUS_TEST_TORCH, role(), name()}));
  ASSERT_TRUE(done.ok()) << done.error().text();
  if (done->err.starts_with("bwrap:")) GTEST_SKIP() << done->err;
  EXPECT_EQ(done->exit_code, 0);
  EXPECT_THAT(done->out, testing::StartsWith("succeeded: ")) << done->err;
}

}  // namespace
}  // namespace gradus::attacks
