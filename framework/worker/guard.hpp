#pragma once

// The door between our code and a plugin's. Behind it may be anything: exceptions of any type, and
// calls that change LibTorch's global state (threads, gradient mode, default dtype, the random
// generator's seed), which would change the steps that follow. The guard turns the former into an
// Error and puts the latter back, with a warning.

#include <c10/core/ScalarType.h>

#include <cstdint>
#include <functional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "framework/core/result.hpp"

namespace gradus::worker {

/// Call inside a catch block: the exception in flight as a submission's Error (code ERROR, or OOM
/// for a failed allocation).
Error describe_exception(const std::string& phase);

class Guard {
 public:
  /// `threads`: what LibTorch shall use; set now.
  explicit Guard(std::int64_t threads);

  /// Runs code of a plugin. `phase` names the moment to a person: "construct", "train".
  template <class F>
  auto call(const std::string& phase, F&& code) -> Result<std::invoke_result_t<F>> {
    using Value = std::invoke_result_t<F>;
    const State before = read();
    try {
      if constexpr (std::is_void_v<Value>) {
        code();
        restore(before, phase);
        return {};
      } else {
        Result<Value> value = code();
        restore(before, phase);
        return value;
      }
    } catch (...) {
      Error error = describe_exception(phase);
      restore(before, phase);
      return error;
    }
  }

  /// Sets the seed of LibTorch's generator, and of the device's where there is one.
  void seed(std::uint64_t value);
  /// `seeder`: seeds the generator of operations that do not run on the CPU; from now on called
  /// wherever the CPU's is seeded.
  void also_seed(std::function<void(std::uint64_t)> seeder) { also_seed_ = std::move(seeder); }

  /// Each different warning once, in order.
  const std::vector<std::string>& warnings() const { return warnings_; }
  void warn(const std::string& text);
  /// From now on warnings also go to standard error, for those that come too late for "ready".
  void print_further_warnings() { print_ = true; }

 private:
  struct State {
    int threads = 1;
    bool grad = true;
    c10::ScalarType dtype = c10::ScalarType::Float;
    std::uint64_t seed = 0;
  };
  static State read();
  void restore(const State& before, const std::string& phase);

  std::function<void(std::uint64_t)> also_seed_;
  std::vector<std::string> warnings_;
  bool print_ = false;
  std::uint64_t reseeds_ = 0;
};

/// A seed for LibTorch's generator from the run's seed and a counter (0: construction; e: epoch e).
/// Mixed, since equal low bits of seeds must not give related streams.
std::uint64_t torch_seed(std::uint64_t seed, std::uint64_t counter);

}  // namespace gradus::worker
