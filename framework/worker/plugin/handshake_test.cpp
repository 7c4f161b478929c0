#include "framework/worker/plugin/handshake.hpp"

#include <gmock/gmock.h>

namespace gradus::worker {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const std::string kOurs =
    "abi=1;sdk=aaaa;libtorch=2.11.0;stdlib=libstdc++;cxx11_abi=1;standard=202002L;sanitizer=none;"
    "compiler=clang 16.0";

void* create(const Context*, CreateFailure*) noexcept { return nullptr; }
void destroy(void*) noexcept {}

Manifest sound() {
  return {kManifestMagic,
          kAbi,
          sizeof(Manifest),
          static_cast<std::uint32_t>(PluginKind::model),
          kOurs.c_str(),
          "net",
          "1.0",
          create,
          destroy};
}

Result<std::vector<std::string>> check(const Manifest* manifest) {
  return check_manifest(manifest, "model", "net", kOurs);
}

std::string message(const Manifest& manifest) {
  const auto result = check(&manifest);
  return result.ok() ? "accepted" : result.error().what;
}

TEST(Handshake, AcceptsASoundManifest) {
  const Manifest manifest = sound();
  const auto result = check(&manifest);
  ASSERT_TRUE(result.ok()) << result.error().text();
  EXPECT_THAT(*result, IsEmpty());
}

TEST(Handshake, RefusesANullAliasAndAnotherMagic) {
  EXPECT_THAT(check(nullptr).error().what, HasSubstr("points nowhere"));
  Manifest manifest = sound();
  manifest.magic = 7;
  manifest.fingerprint = reinterpret_cast<const char*>(1);  // NOLINT: must not be read
  EXPECT_THAT(message(manifest), HasSubstr("does not point to a plugin manifest"));
}

TEST(Handshake, RefusesAnotherAbiBeforeItReadsFurther) {
  Manifest manifest = sound();
  manifest.abi = 2;
  manifest.fingerprint = reinterpret_cast<const char*>(1);  // NOLINT: must not be read
  EXPECT_EQ(message(manifest), "the plugin has ABI 2, this Gradus wants ABI 1");
  manifest = sound();
  manifest.size = 48;
  manifest.fingerprint = reinterpret_cast<const char*>(1);  // NOLINT: must not be read
  EXPECT_EQ(message(manifest), "the plugin's manifest has 48 bytes, this Gradus wants 56");
}

TEST(Handshake, NamesEveryDifferenceAtOnceAndTheCure) {
  Manifest manifest = sound();
  manifest.fingerprint =
      "abi=1;sdk=bbbb;libtorch=1.13.1;stdlib=libstdc++;cxx11_abi=0;standard=202002L;sanitizer=none";
  const auto result = check(&manifest);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().fault, Fault::submission);
  EXPECT_EQ(result.error().where, "LOAD_FAILED load");
  EXPECT_EQ(
      result.error().what,
      "the plugin was built differently: SDK headers: found bbbb, wanted aaaa; LibTorch: found "
      "1.13.1, wanted 2.11.0; _GLIBCXX_USE_CXX11_ABI: found 0, wanted 1");
  EXPECT_THAT(result.error().cure, HasSubstr("rebuild against this SDK with LibTorch 2.11.0"));
}

TEST(Handshake, OnlyWarnsOfAnotherCompilerOfTheSameAbi) {
  Manifest manifest = sound();
  const std::string gcc = kOurs.substr(0, kOurs.find("compiler=")) + "compiler=gcc 12.2";
  manifest.fingerprint = gcc.c_str();
  const auto result = check(&manifest);
  ASSERT_TRUE(result.ok()) << result.error().text();
  EXPECT_THAT(*result,
              ElementsAre("the plugin was compiled with gcc 12.2, the worker with clang 16.0"));
}

TEST(Handshake, RefusesAnEmptyFingerprintAndAnEndlessOne) {
  Manifest manifest = sound();
  manifest.fingerprint = nullptr;
  EXPECT_THAT(message(manifest), HasSubstr("LibTorch: found nothing, wanted 2.11.0"));
  const std::string endless(100'000, 'x');
  manifest.fingerprint = endless.c_str();
  EXPECT_THAT(message(manifest), HasSubstr("built differently"));
}

TEST(Handshake, RefusesEmptyFunctionsWrongKindAndWrongName) {
  Manifest manifest = sound();
  manifest.create = nullptr;
  EXPECT_THAT(message(manifest), HasSubstr("empty create"));
  manifest = sound();
  manifest.destroy = nullptr;
  EXPECT_THAT(message(manifest), HasSubstr("empty destroy"));
  manifest = sound();
  manifest.kind = static_cast<std::uint32_t>(PluginKind::activation);
  EXPECT_EQ(message(manifest), "'net' is of kind activation, wanted model");
  manifest.kind = 77;
  EXPECT_EQ(message(manifest), "'net' is of kind unknown, wanted model");
  manifest = sound();
  manifest.name = "other";
  EXPECT_EQ(message(manifest), "the manifest behind 'net' calls itself 'other'");
}

}  // namespace
}  // namespace gradus::worker
