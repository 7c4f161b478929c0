#include "framework/worker/plugin/plugin.hpp"

#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include <string>

namespace gradus::worker {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

std::filesystem::path library(const std::string& name) {
  return std::filesystem::path(GRADUS_LOADER_LIBRARIES) / ("loader_" + name + ".so");
}

Error open_error(const std::string& file, const std::string& kind, const std::string& name) {
  const auto plugin = Plugin::open(library(file), kind, name);
  return plugin.ok() ? Error{Fault::infrastructure, "opened", "opened", ""} : plugin.error();
}

TEST(PluginOpen, LoadsAndCreates) {
  const auto plugin = Plugin::open(library("good"), "activation", "scale");
  ASSERT_TRUE(plugin.ok()) << plugin.error().text();
  EXPECT_EQ(plugin->name(), "scale");
  EXPECT_EQ(plugin->version(), "3.1");
  EXPECT_THAT(plugin->warnings(), IsEmpty());
  const auto scale = plugin->create_activation({});
  ASSERT_TRUE(scale.ok()) << scale.error().text();
  EXPECT_FLOAT_EQ((*scale)->forward(at::ones({1})).item<float>(), 2);
}

TEST(PluginOpen, OffersSeveralPluginsOfOneLibrary) {
  const auto plugin = Plugin::open(library("good"), "augmentation", "same");
  ASSERT_TRUE(plugin.ok()) << plugin.error().text();
  EXPECT_TRUE(plugin->create_augmentation({}).ok());
}

TEST(PluginOpen, NamesWhatTheLibraryHasAndTheNearest) {
  const Error error = open_error("good", "activation", "scael");
  EXPECT_EQ(error.fault, Fault::submission);
  EXPECT_THAT(error.where, StartsWith("LOAD_FAILED"));
  EXPECT_EQ(error.what,
            "the library has no activation 'scael'; it has: augmentation same, activation scale");
  EXPECT_EQ(error.cure, "did you mean 'scale'?");
  EXPECT_THAT(open_error("good", "model", "scale").cure, HasSubstr("GRADUS_MODEL"));
}

TEST(PluginOpen, RejectsNewerAbi) {
  EXPECT_EQ(open_error("faulty", "model", "wrong_abi").what,
            "the plugin has ABI 99, this Gradus wants ABI 1");
}

TEST(PluginOpen, RejectsAManifestWithoutFunctionsOrOfAnotherName) {
  EXPECT_THAT(open_error("faulty", "model", "no_create").what, HasSubstr("empty create"));
  EXPECT_THAT(open_error("faulty", "model", "renamed").what, HasSubstr("calls itself 'another'"));
}

TEST(PluginOpen, FailsAtLoadWhereASymbolIsUndefined) {
  const Error error = open_error("undefined", "model", "undefined");
  EXPECT_THAT(error.what, HasSubstr("nowhere_defined"));
  EXPECT_EQ(error.fault, Fault::submission);
}

TEST(PluginOpen, RefusesForeignExportsWithoutLoading) {
  EXPECT_THAT(open_error("foreign", "model", "foreign").what, HasSubstr("malloc_usable"));
}

TEST(PluginOpen, RefusesWhatIsNoLibrary) {
  EXPECT_THAT(open_error("absent", "model", "x").what, HasSubstr("there is no file"));
  const auto text = Plugin::open(__FILE__, "model", "x");
  ASSERT_FALSE(text.ok());
  EXPECT_THAT(text.error().what, HasSubstr("wanted an ELF shared library"));
}

TEST(PluginCreate, ReportsWhatTheConstructorThrew) {
  const auto plugin = Plugin::open(library("good"), "activation", "scale");
  ASSERT_TRUE(plugin.ok()) << plugin.error().text();
  Context context;
  context.options.set("factor", -1.0);
  EXPECT_EQ(plugin->create_activation(context).error().what,
            "the constructor of activation 'scale' threw: the factor is negative");
  context.options.set("factor", 20.0);
  EXPECT_EQ(plugin->create_activation(context).error().what,
            "the constructor of activation 'scale' threw: the factor is too large");
  EXPECT_EQ(plugin->create_activation(context).error().where, "LOAD_FAILED construct");
}

TEST(PluginCreate, RefusesAnotherKind) {
  const auto plugin = Plugin::open(library("good"), "activation", "scale");
  ASSERT_TRUE(plugin.ok()) << plugin.error().text();
  EXPECT_THAT(plugin->create_model({}).error().what,
              HasSubstr("is of kind activation, wanted model"));
}

}  // namespace
}  // namespace gradus::worker
