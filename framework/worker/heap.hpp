#pragma once

namespace gradus::worker {

/// Sets the heap up for training, unless the environment says GRADUS_HEAP=stock: the plan, whose
/// `engine` decides, comes when much is allocated already. To be called first in main().
void set_up_heap();

/// What set_up_heap() did: "kept" or "stock".
const char* heap_name();

}  // namespace gradus::worker
