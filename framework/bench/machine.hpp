#pragma once

#include <string>

#include "framework/core/paths.hpp"
#include "framework/record/plan.hpp"

namespace gradus::bench {

/// Without this a figure says nothing: CPU model, features that decide speed, cores, memory,
/// system, compiler and LibTorch.
Json describe_machine(const Toolchain& toolchain);

/// Time that a virtual machine's processors lived through, and how much of it their host gave to
/// others although they had work ("steal"); all zero where the system does not say.
struct ProcessorTime {
  double all = 0, withheld = 0;  ///< ticks of all processors

  static ProcessorTime now();
  /// Of the first line of /proc/stat.
  static ProcessorTime of(const std::string& line);
};

/// From here on: what share of the processors' time the host withheld, 0 to 1. Two threads that
/// wait for each other lose more than this share.
class Withheld {
 public:
  double share() const { return between(start_, ProcessorTime::now()); }
  static double between(const ProcessorTime& from, const ProcessorTime& to);

 private:
  ProcessorTime start_ = ProcessorTime::now();
};

}  // namespace gradus::bench
