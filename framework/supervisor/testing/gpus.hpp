#pragma once

#include <string>
#include <vector>

#include "framework/core/gpu.hpp"

namespace gradus::supervisor::fake {

/// A machine with made-up GPUs in a folder, for this process and those that it starts
/// (GRADUS_MACHINE_ROOT), while it lives. Their device files are links to /dev/zero.
class FakeGpus {
 public:
  /// GPUs "GPU-0", "GPU-1", ... of class "NVIDIA H200".
  FakeGpus(std::filesystem::path root, int count, std::int64_t memory_mib = 8192);
  ~FakeGpus();
  FakeGpus(const FakeGpus&) = delete;
  FakeGpus& operator=(const FakeGpus&) = delete;

  std::vector<Gpu> gpus() const;
  /// It answers no longer, though its device file stays.
  void lose(int index);

 private:
  void write() const;
  std::filesystem::path root_;
  std::vector<std::string> lines_;
};

}  // namespace gradus::supervisor::fake
