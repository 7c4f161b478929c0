// Says that it was built with another LibTorch and the old string ABI.
#include <gradus/manifest.hpp>

namespace {
void* create(const gradus::Context*, gradus::CreateFailure*) noexcept { return nullptr; }
void destroy(void*) noexcept {}
}  // namespace

extern const gradus::Manifest manifest;
const gradus::Manifest manifest = {gradus::kManifestMagic,
                                   gradus::kAbi,
                                   sizeof(gradus::Manifest),
                                   1,
                                   "abi=1;sdk=" GRADUS_SDK_HASH
                                   ";libtorch=1.13.1;stdlib=libstdc++;cxx11_abi=0;standard=202002L;"
                                   "sanitizer=none",
                                   "net",
                                   "1.0",
                                   create,
                                   destroy};
BOOST_DLL_ALIAS(manifest, gradus_model_net)
