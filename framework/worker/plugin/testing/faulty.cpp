// Aliases whose manifests are wrong in one way each; nothing here may ever be called.
#include <gradus/manifest.hpp>

namespace {

void* never(const gradus::Context*, gradus::CreateFailure*) noexcept { return nullptr; }
void never(void*) noexcept {}

constexpr gradus::Manifest sound(const char* name) {
  return {gradus::kManifestMagic,
          gradus::kAbi,
          sizeof(gradus::Manifest),
          1,
          GRADUS_FINGERPRINT,
          name,
          "1.0",
          never,
          never};
}

constexpr gradus::Manifest wrong_abi() {
  auto manifest = sound("wrong_abi");
  manifest.abi = 99;
  return manifest;
}

constexpr gradus::Manifest no_create() {
  auto manifest = sound("no_create");
  manifest.create = nullptr;
  return manifest;
}

}  // namespace

extern const gradus::Manifest wrong_abi_manifest, no_create_manifest, renamed_manifest;
const gradus::Manifest wrong_abi_manifest = wrong_abi(), no_create_manifest = no_create(),
                       renamed_manifest = sound("another");
BOOST_DLL_ALIAS(wrong_abi_manifest, gradus_model_wrong_abi)
BOOST_DLL_ALIAS(no_create_manifest, gradus_model_no_create)
BOOST_DLL_ALIAS(renamed_manifest, gradus_model_renamed)
