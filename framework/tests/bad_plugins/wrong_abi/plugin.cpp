// Says that it was made for an ABI of the future.
#include <gradus/manifest.hpp>

namespace {
void* create(const gradus::Context*, gradus::CreateFailure*) noexcept { return nullptr; }
void destroy(void*) noexcept {}
}  // namespace

extern const gradus::Manifest manifest;
const gradus::Manifest manifest = {gradus::kManifestMagic,
                                   gradus::kAbi + 1,
                                   sizeof(gradus::Manifest),
                                   1,
                                   GRADUS_FINGERPRINT,
                                   "net",
                                   "1.0",
                                   create,
                                   destroy};
BOOST_DLL_ALIAS(manifest, gradus_model_net)
