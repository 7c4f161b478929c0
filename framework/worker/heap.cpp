#include "framework/worker/heap.hpp"

#include <malloc.h>

#include <climits>
#include <cstdlib>
#include <string_view>

#include "framework/worker/sanitized.hpp"

namespace gradus::worker {
namespace {

bool kept = false;

}  // namespace

void set_up_heap() {
#if !defined(GRADUS_WORKER_SANITIZED)
  const char* wanted = std::getenv("GRADUS_HEAP");
  if (wanted != nullptr && std::string_view(wanted) == "stock") return;
  // Each training step allocates and frees the same few large blocks: keep them in the heap instead
  // of mapping, zeroing and unmapping them anew (up to a third of a small network's step).
  mallopt(M_MMAP_MAX, 0);
  mallopt(M_TRIM_THRESHOLD, INT_MAX);
  mallopt(M_TOP_PAD, 64 << 20);
  kept = true;
#endif
}

const char* heap_name() { return kept ? "kept" : "stock"; }

}  // namespace gradus::worker
