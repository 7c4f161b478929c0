#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>

namespace gradus {

/// What a plan has to know of the machine that it is made for.
struct Machine {
  std::int64_t cores = 1;
  bool bfloat16 = false;  ///< the CPU multiplies bfloat16 numbers by itself (avx512_bf16, amx_bf16)
  bool vectors = false;   ///< eight numbers at a time, multiplied and added (avx2, fma)
};

/// What the CPU can do, by the kernel's names ("avx2", "amx_bf16"); empty where it does not say.
std::set<std::string> cpu_flags();

/// Processes that the kernel has ended for want of memory since it started, here or in any
/// container of this machine; nothing where it does not say.
std::optional<std::int64_t> kernel_kills();

/// Cores that this process may run on, within its container's quota, and what the CPU's flags say.
Machine this_machine();

}  // namespace gradus
