#include "framework/supervisor/testing/gpus.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>

#include "framework/core/files.hpp"

namespace gradus::supervisor::fake {

FakeGpus::FakeGpus(fs::path root, int count, std::int64_t memory_mib) : root_(std::move(root)) {
  fs::create_directories(root_ / "dev");
  for (const char* node : {"nvidiactl", "nvidia-uvm"})
    fs::create_symlink("/dev/zero", root_ / "dev" / node);
  for (int i = 0; i < count; ++i) {
    const std::string number = std::to_string(i);
    fs::create_symlink("/dev/zero", root_ / "dev" / ("nvidia" + number));
    lines_.push_back(number + ", NVIDIA H200, GPU-" + number + ", " + std::to_string(memory_mib) +
                     ", 580.65.06, 00000000:0" + number + ":00.0");
  }
  EXPECT_TRUE(
      write_file(root_ / "nvidia-smi", "#!/bin/sh\ncat '" + (root_ / "list").string() + "'\n")
          .ok());
  EXPECT_EQ(::chmod((root_ / "nvidia-smi").c_str(), 0755), 0);
  write();
  ::setenv("GRADUS_MACHINE_ROOT", root_.c_str(), 1);
}

FakeGpus::~FakeGpus() {
  ::unsetenv("GRADUS_MACHINE_ROOT");
  EXPECT_TRUE(remove_tree(root_).ok());
}

std::vector<Gpu> FakeGpus::gpus() const { return find_gpus(GpuSource::this_machine()).gpus; }

void FakeGpus::lose(int index) {
  lines_.at(static_cast<std::size_t>(index)).clear();
  write();
}

void FakeGpus::write() const {
  std::string text;
  for (const std::string& line : lines_)
    if (!line.empty()) text += line + "\n";
  EXPECT_TRUE(write_file_atomically(root_ / "list", text).ok());
}

}  // namespace gradus::supervisor::fake
