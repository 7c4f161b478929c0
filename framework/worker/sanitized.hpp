#pragma once

// GRADUS_WORKER_SANITIZED: the worker is built with a sanitizer, which brings a heap of its own and
// reports as the process ends.
#if defined(__SANITIZE_ADDRESS__)
#define GRADUS_WORKER_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define GRADUS_WORKER_SANITIZED 1
#endif
#endif
