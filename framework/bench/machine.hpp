#pragma once

#include "framework/core/paths.hpp"
#include "framework/record/plan.hpp"

namespace gradus::bench {

/// Without this a figure says nothing: CPU model, features that decide speed, cores, memory,
/// system, compiler and LibTorch.
Json describe_machine(const Toolchain& toolchain);

}  // namespace gradus::bench
