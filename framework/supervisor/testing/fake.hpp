#pragma once

// What the parts of the fake worker share.

#include <cstdint>
#include <cstdlib>
#include <string>

#include "framework/record/messages.hpp"
#include "framework/record/plan.hpp"

namespace gradus::fake {

inline constexpr std::int64_t kClasses = 4;

struct Fake {
  FrameChannel channel{3, 4};
  std::string run_nonce, role, fault;
  RunPlan plan;
  std::int64_t seq = 0;
  bool checkpoints = false;
  std::int64_t resume = 0;
  std::int64_t requests = 0, seen = 0;  ///< of an examiner; images
  bool zeroed = false;                  ///< its weights are
  float tint = 0;                       ///< what permuted weights change

  bool has(const std::string& name) const { return fault == role + "_" + name; }
};

void send(Fake& fake, const std::string& type, const Json& body);
[[noreturn]] void die(Fake& fake, const std::string& how);
/// Dies where the fault says so: "trainer_segfault" after its place was reached.
void perhaps_die(Fake& fake, const std::string& place);
/// The examiner's whole work.
void examine(Fake& fake);

}  // namespace gradus::fake
