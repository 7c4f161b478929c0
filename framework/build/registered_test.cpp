#include "framework/build/registered.hpp"

#include <gmock/gmock.h>

#include <fstream>

namespace gradus::build {
namespace {

namespace fs = std::filesystem;

TEST(Registered, ReadsWhatEveryFolderSays) {
  const fs::path root = fs::path(::testing::TempDir()) / "gradus-registered";
  fs::remove_all(root);
  for (const char* folder : {"net", "empty", "both"}) fs::create_directories(root / folder);
  std::ofstream(root / "net/net.cpp") << "class Net {};\nGRADUS_MODEL(Net, my_net, \"1.0\")\n";
  std::ofstream(root / "net/README.md") << "GRADUS_MODEL(Net, other, \"1.0\")\n";
  std::ofstream(root / "empty/empty.cpp") << "// GRADUS_MODEL(Net, my_net, \"1.0\")\n";
  std::ofstream(root / "both/a.cpp") << "  GRADUS_ACTIVATION(ns::A, act, \"1\")\n"
                                        "GRADUS_AUGMENTATION( B , aug , \"1\")\n";
  const auto all = registered_below(root);
  ASSERT_EQ(all.size(), 2U);
  ASSERT_EQ(all.at("net").size(), 1U);
  EXPECT_EQ(all.at("net")[0].kind, "model");
  EXPECT_EQ(all.at("net")[0].name, "my_net");
  ASSERT_EQ(all.at("both").size(), 2U);
  EXPECT_EQ(all.at("both")[0].kind, "activation");
  EXPECT_EQ(all.at("both")[0].name, "act");
  EXPECT_EQ(all.at("both")[1].kind, "augmentation");
  EXPECT_EQ(all.at("both")[1].name, "aug");
  fs::remove_all(root);
}

TEST(Registered, FindsNothingWhereThereIsNoFolder) {
  EXPECT_TRUE(registered_below("/nonexistent").empty());
}

// The labs of Gradus name these.
TEST(Registered, KnowsOurOwnPlugins) {
  const auto all = registered_below(GRADUS_PLUGINS);
  for (const char* name : {"simplenn", "simplenn_bn", "resnet", "swish", "relu", "crop_flip"}) {
    ASSERT_TRUE(all.contains(name)) << name;
    EXPECT_EQ(all.at(name)[0].name, name);
  }
  EXPECT_FALSE(all.contains("template"));
}

}  // namespace
}  // namespace gradus::build
