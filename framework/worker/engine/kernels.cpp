// Compiled once a kind of machine, with GRADUS_KERNELS_TABLE and GRADUS_KERNEL_NAME set by
// CMakeLists.txt.
#include "framework/worker/engine/kernels.hpp"

#include "framework/worker/engine/elementwise_loops.hpp"
#include "framework/worker/engine/lanes.hpp"
#include "framework/worker/engine/norm_loops.hpp"
#include "framework/worker/engine/pool_loops.hpp"

namespace gradus::worker::engine {
namespace {

constexpr Kernels<float> kSingle = {
    moments<float>,       affine<float>,  gradient_sums<float>,    gradient<float>, pool<float>,
    pool_gradient<float>, rectify<float>, rectify_gradient<float>, add<float>};

constexpr Kernels<uint16_t> kBfloat16 = {
    moments_pairs,           affine_pairs,  gradient_sums_pairs,    gradient_pairs, pool<uint16_t>,
    pool_gradient<uint16_t>, rectify_pairs, rectify_gradient_pairs, add_pairs};

}  // namespace

const KernelTable GRADUS_KERNELS_TABLE = {GRADUS_KERNEL_NAME, kWide, kSingle, kBfloat16};

}  // namespace gradus::worker::engine
