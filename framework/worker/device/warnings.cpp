#include "framework/worker/device/warnings.hpp"

#include <cstdio>

#include "framework/core/text.hpp"

namespace gradus::worker {

void WarnOnceEach::process(const c10::Warning& warning) {
  constexpr std::size_t kMost = 64;  // texts may differ in a number
  if (said_.size() >= kMost || !said_.insert(warning.msg()).second) return;
  std::fprintf(stderr, "LibTorch: warning: %s\n", printable(warning.msg()).c_str());
}

}  // namespace gradus::worker
