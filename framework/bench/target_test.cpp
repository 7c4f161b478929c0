// The suite `target` around a made-up `gradus` that needs no hour.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "framework/bench/peer.hpp"
#include "framework/bench/suites.hpp"
#include "framework/core/files.hpp"
#include "framework/record/evidence.hpp"

namespace gradus::bench {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Target : public ::testing::Test {
 protected:
  void SetUp() override {
    auto made = make_temporary_folder(fs::temp_directory_path(), "gradus-target-test");
    ASSERT_TRUE(made.ok());
    folder_ = *made;
    setup_.paths.prefix = folder_;
    setup_.root = "/checkout";
    setup_.scratch = folder_ / "scratch";
    setup_.say = [](const std::string&) {};
  }
  void TearDown() override { EXPECT_TRUE(remove_tree(folder_).ok()); }

  /// A `gradus` that notes its words and leaves a run with these scores behind.
  void fake_gradus(const std::map<std::string, double>& accuracies) const {
    Evidence evidence;
    evidence.run_hash = "abc";
    evidence.plan = {{"kind", "train"}};
    evidence.status = "done";
    for (const auto& [name, accuracy] : accuracies) evidence.scores[name].accuracy = accuracy;
    ASSERT_TRUE(make_folder(folder_ / "run").ok());
    ASSERT_TRUE(write_evidence(folder_ / "run", evidence, Observed{}).ok());
    ASSERT_TRUE(make_folder(folder_ / "bin").ok());
    const fs::path program = folder_ / "bin" / "gradus";
    const std::string here = folder_.string();
    ASSERT_TRUE(write_file(program, "#!/bin/sh\necho \"$@\" >" + here +
                                        "/words\n"
                                        "while [ $# -gt 1 ]; do shift; done\n"
                                        "mkdir -p \"$1/runs\" && cp -r " +
                                        here + "/run \"$1/runs/1\"\n")
                    .ok());
    fs::permissions(program, fs::perms::owner_all);
  }

  fs::path folder_;
  bench::Setup setup_;  // gtest has a name of the same spelling
};

TEST_F(Target, IsTheWholeLabAndSaysWhatCameOut) {
  fake_gradus({{"test", 0.905}, {"test_mirror", 0.9131}});
  const auto rows = measure_target(setup_);
  ASSERT_TRUE(rows.ok()) << rows.error().text();
  EXPECT_THAT(*read_file(folder_ / "words"),
              HasSubstr("run /checkout/labs/resnet20 --profile full --task target --device cpu "
                        "--set run.seed=1 --fresh"));
  ASSERT_EQ(rows->size(), 3U);
  EXPECT_EQ((*rows)[0].unit, "s");
  ASSERT_EQ((*rows)[0].ours.values.size(), 1U) << "an hour each: one round, unless asked for more";
  EXPECT_THAT((*rows)[0].note, HasSubstr("./gradus bench peer"));
  EXPECT_THAT((*rows)[1].ours.values, ElementsAre(90.5));
  EXPECT_THAT((*rows)[2].ours.values, ElementsAre(91.31));
}

TEST_F(Target, EveryRoundHasASeedOfItsOwn) {
  fake_gradus({{"test", 0.905}, {"test_mirror", 0.9131}});
  setup_.rounds = 2;
  const auto rows = measure_target(setup_);
  ASSERT_TRUE(rows.ok()) << rows.error().text();
  EXPECT_EQ((*rows)[0].ours.values.size(), 2U);
  EXPECT_THAT(*read_file(folder_ / "words"), HasSubstr("--set run.seed=2 --fresh"));
}

TEST_F(Target, ARunThatDidNotGetThereIsNoFigure) {
  fake_gradus({{"test", 0.905}});
  const auto rows = measure_target(setup_);
  ASSERT_FALSE(rows.ok());
  EXPECT_THAT(rows.error().what, HasSubstr("'test_mirror'"));
}

TEST(Peers, AreLeftOutWhereAskedOrMissing) {
  bench::Setup setup;
  setup.python = "/no/python";
  EXPECT_FALSE(has_peer(setup));
  EXPECT_THAT(why_no_peer(setup), HasSubstr("./gradus bench peer"));
  setup.python = "/bin/sh";
  EXPECT_TRUE(has_peer(setup));
  EXPECT_EQ(why_no_peer(setup), "");
  setup.peers = false;
  EXPECT_FALSE(has_peer(setup));
  EXPECT_THAT(why_no_peer(setup), HasSubstr("--no-peer"));
}

}  // namespace
}  // namespace gradus::bench
