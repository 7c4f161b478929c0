#include "grader/resolve.hpp"

#include <gmock/gmock.h>

namespace gradus::grader {
namespace {

using ::testing::HasSubstr;

Source source(const std::string& name, std::vector<build::ListedPlugin> plugins) {
  Source out;
  out.name = name;
  out.built.library = "/home/builds/" + name + "/plugin.so";
  out.built.hash = "hash of " + name;
  out.built.plugins = std::move(plugins);
  return out;
}

class ResolverTest : public ::testing::Test {
 protected:
  Resolver resolver(std::vector<Source> sources, bool stand_in = false) {
    return Resolver(std::move(sources), stand_in, lab_, [this](const std::string& name) -> Result<Source> {
      ++built_;
      if (name != "swish") return user_error("reference:" + name, "found no reference plugin '" + name + "'");
      return source("swish", {{"activation", "swish"}});
    });
  }
  static RunPlan run(const std::string& role, const std::string& name) {
    RunPlan run;
    run.model = {.kind = "model", .role = role, .name = name};
    return run;
  }
  static Error error_of(const Status& status) {
    EXPECT_FALSE(status.ok());
    return status.ok() ? Error{} : status.error();
  }
  lab::Lab lab_;
  int built_ = 0;
};

TEST_F(ResolverTest, FillsNameLibraryAndHash) {
  Resolver resolver = this->resolver({source("ada", {{"model", "my_net"}})});
  RunPlan plan = run("submission", "");
  ASSERT_TRUE(resolver.resolve(plan).ok());
  EXPECT_EQ(plan.model.name, "my_net");
  EXPECT_EQ(plan.model.library, "/home/builds/ada/plugin.so");
  EXPECT_EQ(plan.model.library_hash, "hash of ada");
}

TEST_F(ResolverTest, ReferencesAreBuiltOnceAndNeverTakenFromTheSubmission) {
  Resolver resolver =
      this->resolver({source("ada", {{"model", "net"}, {"activation", "swish"}})});
  RunPlan plan = run("submission", "");
  plan.activation = PluginUse{.kind = "activation", .role = "reference", .name = "swish"};
  ASSERT_TRUE(resolver.resolve(plan).ok());
  EXPECT_EQ(plan.activation->library_hash, "hash of swish");
  ASSERT_TRUE(resolver.resolve(plan).ok());
  EXPECT_EQ(built_, 1);
  plan.activation = PluginUse{.kind = "activation", .role = "reference", .name = "gone"};
  EXPECT_EQ(error_of(resolver.resolve(plan)).fault, Fault::user);
}

TEST_F(ResolverTest, MissingPluginsAreNamedWithWhatThereIs) {
  Resolver resolver =
      this->resolver({source("ada", {{"model", "simplenn_nb"}, {"activation", "swish"}})});
  RunPlan plan = run("submission", "simplenn_bn");
  const Error error = error_of(resolver.resolve(plan));
  EXPECT_EQ(error.fault, Fault::submission);
  EXPECT_EQ(error.what, "the submission has no model 'simplenn_bn'; it has: model 'simplenn_nb', "
                        "activation 'swish' (did you mean 'simplenn_nb'?)");
  EXPECT_THAT(error.cure, HasSubstr("GRADUS_MODEL(Class, simplenn_bn"));
}

TEST_F(ResolverTest, SeveralWithoutANameAreAmbiguous) {
  const std::vector<build::ListedPlugin> two = {{"model", "a"}, {"model", "b"}};
  RunPlan plan = run("submission", "");
  Resolver student = resolver({source("ada", two)});
  const Error error = error_of(student.resolve(plan));
  EXPECT_EQ(error.fault, Fault::submission);
  EXPECT_THAT(error.what, HasSubstr("'a', 'b'"));
  EXPECT_THAT(error.cure, HasSubstr("\"submission:a\""));
  Resolver ours = resolver({source("x", two)}, true);
  EXPECT_EQ(error_of(ours.resolve(plan)).fault, Fault::user) << "then the lab should say";
  plan = run("submission", "b");
  EXPECT_TRUE(student.resolve(plan).ok());
}

TEST_F(ResolverTest, StandInsAreSearchedTogether) {
  Resolver resolver = this->resolver({source("simplenn_bn", {{"model", "simplenn_bn"}}),
                                      source("swish", {{"activation", "swish"}})}, true);
  RunPlan plan = run("submission", "simplenn_bn");
  plan.activation = PluginUse{.kind = "activation", .role = "submission", .name = "swish"};
  ASSERT_TRUE(resolver.resolve(plan).ok());
  EXPECT_EQ(plan.activation->library_hash, "hash of swish");
  plan = run("submission", "other");
  EXPECT_EQ(error_of(resolver.resolve(plan)).fault, Fault::user);
}

TEST_F(ResolverTest, OptionalUnnamedPluginsAreLeftOutOthersAreNot) {
  Resolver resolver = this->resolver({source("ada", {{"model", "net"}})});
  RunPlan plan = run("submission", "");
  plan.activation = PluginUse{.kind = "activation", .role = "submission"};
  ASSERT_TRUE(resolver.resolve(plan).ok());
  EXPECT_FALSE(plan.activation.has_value());
  plan.activation = PluginUse{.kind = "activation", .role = "submission", .name = "swish"};
  EXPECT_EQ(error_of(resolver.resolve(plan)).fault, Fault::submission);
  EXPECT_TRUE(resolver.check_required().ok());
  lab_.required_kinds = {"model", "activation"};
  EXPECT_THAT(error_of(resolver.check_required()).what, HasSubstr("has no activation"));
}

}  // namespace
}  // namespace gradus::grader
