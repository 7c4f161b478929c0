#include "framework/worker/guard.hpp"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Parallel.h>
#include <c10/core/DefaultDtype.h>
#include <c10/core/GradMode.h>
#include <c10/util/Exception.h>

#include <algorithm>
#include <cstdio>
#include <mutex>
#include <new>

#include "framework/core/text.hpp"
#include "framework/worker/failure.hpp"
#include "framework/worker/gpu_errors.hpp"

namespace gradus::worker {
namespace {

/// LibTorch's messages go on with a stack of our own frames: keep what a student can use.
std::string first_paragraph(std::string text) {
  if (const auto end = text.find("\nException raised from"); end != std::string::npos) {
    text.resize(end);
  }
  constexpr std::size_t kLongest = 2000;
  if (text.size() > kLongest) text = text.substr(0, kLongest) + "…";
  return text;
}

Error out_of_memory(const std::string& phase, const std::string& text) {
  return failure("OOM", phase, "ran out of memory: " + text,
                 "Make the model or what it keeps between steps smaller.");
}

/// What helps against LibTorch's commonest refusals.
const char* cure_of(const std::string& text) {
  if (text.find("view size is not compatible") != std::string::npos) {
    return "Call reshape() or flatten() in place of view(): images and their gradients may lie "
           "channels-last in memory (run.memory_format).";
  }
  if (text.find("more than 1 value per channel") != std::string::npos) {
    return "Batch norm was given one number a channel: a batch of one image (the last of an epoch, "
           "where the number of images divided by the batch leaves 1), behind a layer that leaves "
           "one pixel. Choose another batch, or leave the norm out there.";
  }
  return "Check the shapes and dtypes of that operation's inputs.";
}

Error of_libtorch(const std::string& phase, const std::string& text) {
  switch (gpu_fault(text)) {
    case GpuFault::none:
      break;
    case GpuFault::lost:
      return infrastructure_error("DEVICE_LOST " + phase,
                                  "the GPU does not answer any more: " + text,
                                  "See what nvidia-smi and the kernel's log say.");
    case GpuFault::full:
      return infrastructure_error(
          "DEVICE_LOST " + phase, "the GPU had not the memory that a run is promised: " + text,
          "See with nvidia-smi who has it. Let fewer runs share a GPU (--jobs), or run on one that "
          "nobody else uses.");
    case GpuFault::share:
      return failure("GPU_MEMORY", phase, "ran out of the GPU's memory: " + text,
                     "Make the model, the batch or what is kept between steps smaller; the lab's "
                     "share is run.gpu_memory_mib.");
  }
  if (text.find("can't allocate memory") != std::string::npos) return out_of_memory(phase, text);
  if (text.find("same device") != std::string::npos) {
    return failure("ERROR", phase, "LibTorch refused an operation: " + text,
                   "Only what is registered moves to the GPU: keep tensors that forward() uses "
                   "with register_buffer(), or make them with x.options().");
  }
  return failure("ERROR", phase, "LibTorch refused an operation: " + text, cure_of(text));
}

}  // namespace

Error describe_exception(const std::string& phase) {
  try {
    throw;
  } catch (const c10::OutOfMemoryError& e) {
    const std::string text = first_paragraph(e.what_without_backtrace());
    if (gpu_fault(text) == GpuFault::none) return out_of_memory(phase, text);
    return of_libtorch(phase, text);
  } catch (const c10::Error& e) {
    return of_libtorch(phase, first_paragraph(e.what_without_backtrace()));
  } catch (const std::bad_alloc&) {
    return out_of_memory(phase, "std::bad_alloc");
  } catch (const std::exception& e) {
    return failure("ERROR", phase, "an exception was thrown: " + first_paragraph(e.what()),
                   "Find where the plugin throws it; nothing of ours does.");
  } catch (...) {
    return failure(
        "ERROR", phase, "something that is no std::exception was thrown",
        "Throw exceptions derived from std::exception, so that they can say what is wrong.");
  }
}

Guard::Guard(std::int64_t threads) { at::set_num_threads(static_cast<int>(threads)); }

void Guard::seed(std::uint64_t value) {
  at::Generator generator = at::detail::getDefaultCPUGenerator();
  {
    const std::lock_guard lock(generator.mutex());
    generator.set_current_seed(value);
  }
  if (also_seed_) also_seed_(value);
}

void Guard::warn(const std::string& text) {
  if (std::find(warnings_.begin(), warnings_.end(), text) != warnings_.end()) return;
  warnings_.push_back(text);
  if (print_) std::fprintf(stderr, "gradus: warning: %s\n", printable(text).c_str());
}

Guard::State Guard::read() {
  return {at::get_num_threads(), c10::GradMode::is_enabled(),
          c10::get_default_dtype_as_scalartype(),
          at::detail::getDefaultCPUGenerator().current_seed()};
}

void Guard::restore(const State& before, const std::string& phase) {
  const State now = read();
  const std::string where = " (" + phase + "); it was put back";
  if (now.threads != before.threads) {
    at::set_num_threads(before.threads);
    warn("the plugin changed LibTorch's number of threads" + where);
  }
  if (now.grad != before.grad) {
    c10::GradMode::set_enabled(before.grad);
    warn("the plugin changed the gradient mode and did not restore it" + where);
  }
  if (now.dtype != before.dtype) {
    c10::set_default_dtype(c10::scalarTypeToTypeMeta(before.dtype));
    warn("the plugin changed LibTorch's default dtype" + where);
  }
  if (now.seed != before.seed) {
    // The stream that was lost cannot be had back; a fixed function of its seed keeps runs equal.
    seed(torch_seed(before.seed, ++reseeds_));
    warn("the plugin seeded LibTorch's random generator (" + phase +
         "); it was seeded anew from the run's seed");
  }
}

std::uint64_t torch_seed(std::uint64_t seed, std::uint64_t counter) {
  // SplitMix64's finaliser (Steele et al., OOPSLA 2014) over both words.
  const auto mix = [](std::uint64_t z) {
    z += 0x9E3779B97F4A7C15ULL;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31);
  };
  return mix(mix(seed) ^ counter);
}

}  // namespace gradus::worker
