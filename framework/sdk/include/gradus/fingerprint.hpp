#pragma once

#include <torch/headeronly/version.h>

#include <string>  // defines _GLIBCXX_USE_CXX11_ABI / _LIBCPP_VERSION

#include "gradus/version.hpp"

// What must be equal in the worker and in a plugin for C++ objects to cross between them, as
// "key=value;" fields in one string literal. The loader compares field by field. "compiler" alone
// may differ: two compilers of one C++ ABI work together, the loader only warns.

#define GRADUS_TEXT_(x) #x
#define GRADUS_TEXT(x) GRADUS_TEXT_(x)

/// Raised whenever the layout of Manifest or the meaning of its fields changes.
#define GRADUS_ABI 1

#if defined(_LIBCPP_VERSION)
#define GRADUS_STDLIB_ "libc++"
#elif defined(__GLIBCXX__)
#define GRADUS_STDLIB_ "libstdc++"
#else
#define GRADUS_STDLIB_ "unknown"
#endif

#if defined(_GLIBCXX_USE_CXX11_ABI)
#define GRADUS_CXX11_ABI_ GRADUS_TEXT(_GLIBCXX_USE_CXX11_ABI)
#else
#define GRADUS_CXX11_ABI_ "none"
#endif

#if defined(__SANITIZE_ADDRESS__)
#define GRADUS_ASAN_ "address"
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define GRADUS_ASAN_ "address"
#endif
#endif
#if !defined(GRADUS_ASAN_)
#define GRADUS_ASAN_ "none"
#endif

#if defined(__clang__)
#define GRADUS_COMPILER_ "clang " GRADUS_TEXT(__clang_major__) "." GRADUS_TEXT(__clang_minor__)
#else
#define GRADUS_COMPILER_ "gcc " GRADUS_TEXT(__GNUC__) "." GRADUS_TEXT(__GNUC_MINOR__)
#endif

#define GRADUS_FINGERPRINT                                                                 \
  "abi=" GRADUS_TEXT(GRADUS_ABI) ";sdk=" GRADUS_SDK_HASH ";libtorch=" TORCH_VERSION        \
                                 ";stdlib=" GRADUS_STDLIB_ ";cxx11_abi=" GRADUS_CXX11_ABI_ \
                                 ";standard=" GRADUS_TEXT(                                 \
                                     __cplusplus) ";sanitizer=" GRADUS_ASAN_               \
                                                  ";compiler=" GRADUS_COMPILER_
