#include "framework/worker/device/operations.hpp"

#include <ATen/core/ivalue.h>
#include <ATen/record_function.h>

#include <bit>
#include <memory>
#include <mutex>

namespace gradus::worker {
namespace {

/// LibTorch takes a plain function as observer, so what it notes lies outside. Backward passes of a
/// device run on another thread, while this one waits.
struct Heard {
  std::mutex mutex;
  std::uint64_t hash = 0;
  void add(std::uint64_t value) { hash = (hash ^ value) * 0x9E3779B97F4A7C15ULL + 1; }
};

Heard& heard() {
  static Heard one;
  return one;
}

std::unique_ptr<at::ObserverContext> note(const at::RecordFunction& function) {
  Heard& all = heard();
  const std::lock_guard lock(all.mutex);
  for (const char* c = function.name(); *c != '\0'; ++c) all.add(static_cast<unsigned char>(*c));
  for (const c10::IValue& input : function.inputs()) {
    if (input.isTensor() && input.toTensor().defined()) {
      for (const std::int64_t size : input.toTensor().sizes()) {
        all.add(std::bit_cast<std::uint64_t>(size));
      }
    } else if (input.isDouble()) {
      all.add(std::bit_cast<std::uint64_t>(input.toDouble()));
    } else if (input.isInt()) {
      all.add(std::bit_cast<std::uint64_t>(input.toInt()));
    } else if (input.isBool()) {
      all.add(input.toBool() ? 1 : 2);
    }
  }
  return nullptr;
}

struct Listening {
  at::CallbackHandle handle =
      at::addThreadLocalCallback(at::RecordFunctionCallback(&note).needsInputs(true));
  Listening() { heard().hash = 0; }
  ~Listening() { at::removeCallback(handle); }
  Listening(const Listening&) = delete;
  Listening& operator=(const Listening&) = delete;
};

}  // namespace

std::uint64_t operations_of(const std::function<void()>& step) {
  const Listening listening;
  step();
  return heard().hash;
}

}  // namespace gradus::worker
