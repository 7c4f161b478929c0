// GPUs are made up: a folder with what NVIDIA's driver shows, and a script in nvidia-smi's place.
#include "framework/core/gpu.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "framework/core/files.hpp"

namespace gradus {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class FindGpus : public testing::Test {
 protected:
  void SetUp() override {
    auto folder = make_temporary_folder(testing::TempDir(), "gpu");
    ASSERT_TRUE(folder.ok());
    root_ = *folder;
    source_.root = root_;
    source_.nvidia_smi = root_ / "nvidia-smi";
  }
  void TearDown() override { EXPECT_TRUE(remove_tree(root_).ok()); }

  void put(const std::string& file, const std::string& text = "") {
    ASSERT_TRUE(make_folder((root_ / file).parent_path()).ok());
    ASSERT_TRUE(write_file(root_ / file, text).ok());
  }
  void control() {
    put("dev/nvidiactl");
    put("dev/nvidia-uvm");
  }
  void card(const std::string& pci, int minor) {
    put("dev/nvidia" + std::to_string(minor));
    put("proc/driver/nvidia/gpus/" + pci + "/information",
        "Model: \t\t NVIDIA H200\nGPU UUID: \t GPU-of-" + pci + "\nDevice Minor: \t " +
            std::to_string(minor) + "\n");
  }
  void smi(const std::string& script) {
    put("nvidia-smi", "#!/bin/sh\n" + script + "\n");
    ASSERT_EQ(chmod((root_ / "nvidia-smi").c_str(), 0755), 0);
  }
  /// Two cards whose device files are numbered the other way round.
  void two_cards() {
    control();
    card("0000:3b:00.0", 1);
    card("0000:af:00.0", 0);
    smi("cat <<END\n"
        "0, NVIDIA H200, GPU-a, 143771, 580.65.06, 00000000:3B:00.0\n"
        "1, NVIDIA H200, GPU-b, 143771, 580.65.06, 00000000:AF:00.0\nEND");
  }

  fs::path root_;
  GpuSource source_;
};

TEST_F(FindGpus, WithoutADriverNothingIsStarted) {
  smi("echo called >" + (root_ / "called").string());
  const GpuReport report = find_gpus(source_);
  EXPECT_TRUE(report.gpus.empty());
  EXPECT_THAT(report.problem, HasSubstr("no driver"));
  EXPECT_FALSE(fs::exists(root_ / "called"));
}

// Trainer and examiner hold it at the same time.
TEST_F(FindGpus, OneThatTakesASingleProcessIsNamedWithTheCure) {
  control();
  card("0000:3b:00.0", 0);
  const std::string first =
      "0, NVIDIA H200, GPU-a, 143771, 580.65.06, 00000000:3B:00.0, Exclusive_Process";
  smi("echo '" + first + "'");
  const GpuReport none = find_gpus(source_);
  EXPECT_TRUE(none.gpus.empty());
  EXPECT_THAT(none.problem, HasSubstr("the NVIDIA H200 is in compute mode Exclusive_Process"));
  EXPECT_THAT(none.cure, HasSubstr("nvidia-smi -i 0 -c DEFAULT"));
  smi("echo '" + first + "'; echo '1, NVIDIA H200, GPU-b, 143771, 580, 00000000:AF:00.0, Default'");
  const GpuReport one = find_gpus(source_);
  ASSERT_EQ(one.gpus.size(), 1U);
  EXPECT_EQ(one.gpus[0].uuid, "GPU-b");
}

TEST_F(FindGpus, BringsTogetherWhatDriverAndProgramSay) {
  two_cards();
  const GpuReport report = find_gpus(source_);
  ASSERT_EQ(report.gpus.size(), 2U) << report.problem;
  const Gpu& first = report.gpus[0];
  EXPECT_EQ(first.name, "NVIDIA H200");
  EXPECT_EQ(first.uuid, "GPU-a");
  EXPECT_EQ(first.memory_mib, 143771);
  EXPECT_EQ(first.driver, "580.65.06");
  EXPECT_EQ(first.pci, "0000:3b:00.0");
  EXPECT_THAT(first.nodes, ElementsAre(root_ / "dev/nvidiactl", root_ / "dev/nvidia-uvm",
                                       root_ / "dev/nvidia1"));
  EXPECT_THAT(report.gpus[1].nodes, ElementsAre(root_ / "dev/nvidiactl", root_ / "dev/nvidia-uvm",
                                                root_ / "dev/nvidia0"));
  EXPECT_EQ(gpu_named(report, "GPU-b"), &report.gpus[1]);
  EXPECT_EQ(gpu_named(report, "0"), &report.gpus[0]);
  EXPECT_EQ(gpu_named(report, "2"), nullptr);
  EXPECT_EQ(gpu_named(report, ""), nullptr);
}

TEST_F(FindGpus, TakesOnlyThoseThatWeMayUse) {
  two_cards();
  source_.visible = "1";
  ASSERT_EQ(find_gpus(source_).gpus.size(), 1U);
  EXPECT_EQ(find_gpus(source_).gpus[0].uuid, "GPU-b");
  source_.visible = "GPU-a";
  ASSERT_EQ(find_gpus(source_).gpus.size(), 1U);
  EXPECT_EQ(find_gpus(source_).gpus[0].index, 0);
  source_.visible = "";
  const GpuReport none = find_gpus(source_);
  EXPECT_TRUE(none.gpus.empty());
  EXPECT_THAT(none.problem, HasSubstr("CUDA_VISIBLE_DEVICES"));
}

TEST_F(FindGpus, WithoutTheProgramTheMemoryIsUnknown) {
  control();
  card("0000:3b:00.0", 0);
  source_.nvidia_smi.clear();
  const char* path = std::getenv("PATH");
  const std::string before = path ? path : "";
  ASSERT_EQ(setenv("PATH", root_.c_str(), 1), 0);
  const GpuReport report = find_gpus(source_);
  ASSERT_EQ(setenv("PATH", before.c_str(), 1), 0);
  ASSERT_EQ(report.gpus.size(), 1U);
  EXPECT_EQ(report.gpus[0].name, "NVIDIA H200");
  EXPECT_EQ(report.gpus[0].uuid, "GPU-of-0000:3b:00.0");
  EXPECT_EQ(report.gpus[0].memory_mib, 0);
}

TEST_F(FindGpus, SaysWhatIsMissing) {
  card("0000:3b:00.0", 0);
  EXPECT_THAT(find_gpus(source_).problem, HasSubstr("/dev/nvidiactl is missing"));
  put("dev/nvidiactl");
  smi("true");
  EXPECT_THAT(find_gpus(source_).problem, HasSubstr("/dev/nvidia-uvm is missing"));
  EXPECT_THAT(find_gpus(source_).cure, HasSubstr("nvidia-modprobe"));
  control();
  smi("echo 'Failed to initialize NVML: Driver/library version mismatch'; exit 18");
  EXPECT_THAT(find_gpus(source_).problem, HasSubstr("version mismatch"));
  EXPECT_THAT(find_gpus(source_).cure, HasSubstr("restart"));
  smi("echo 'nonsense, more'; echo");
  EXPECT_THAT(find_gpus(source_).problem, HasSubstr("names no GPU"));
}

TEST_F(FindGpus, UsableWantsTheLibraryAndNvidiasToo) {
  Paths paths;
  paths.prefix = root_ / "prefix";
  put("prefix/share/gradus/toolchain.json",
      R"({"compiler": "/usr/bin/clang++-16", "compiler_version": "16", "torch_dir": ")" +
          (root_ / "home/torch").string() + R"(", "torch_mount": "/", "torch_version": "2.11.0",
          "sdk_hash": "", "sanitizers": []})");
  auto usable = gpu_usable(paths, find_gpus(source_));
  ASSERT_FALSE(usable.ok());
  EXPECT_THAT(usable.error().text(), HasSubstr("no GPU answers here: no driver"));
  two_cards();
  usable = gpu_usable(paths, find_gpus(source_));
  ASSERT_FALSE(usable.ok());
  EXPECT_THAT(usable.error().text(), HasSubstr("libgradus_cuda.so"));
  put("prefix/lib/libgradus_cuda.so");
  usable = gpu_usable(paths, find_gpus(source_));
  ASSERT_FALSE(usable.ok());
  EXPECT_THAT(usable.error().cure, HasSubstr("./gradus setup --gpu"));
  put("home/nvidia/cudnn/lib/libcudnn.so.9");
  usable = gpu_usable(paths, find_gpus(source_));
  EXPECT_TRUE(usable.ok()) << usable.error().text();
}

}  // namespace
}  // namespace gradus
