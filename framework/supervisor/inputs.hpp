#pragma once

#include <filesystem>

#include "framework/core/paths.hpp"
#include "framework/supervisor/run.hpp"

namespace gradus::supervisor {

/// RunInputs and what they point into.
class OpenedInputs {
 public:
  /// Opens data set, split, plugin libraries and worker of a resolved plan. Error (infrastructure):
  /// something is missing, or the store no longer holds the data that the plan was resolved with.
  /// `gpu`: UUID or index of the GPU for a plan with device "cuda"; empty: the first one.
  static Result<OpenedInputs> open(const RunPlan& plan, const Paths& paths,
                                   const std::string& gpu = "");
  RunInputs& inputs() { return inputs_; }

 private:
  OpenedInputs(MappedSet train, MappedSet val, MappedSet test)
      : train_(std::move(train)), val_(std::move(val)), test_(std::move(test)) {}
  MappedSet train_, val_, test_;
  Fd train_images_, train_labels_;
  RunInputs inputs_;
};

/// The GPU that `name` (UUID or index; empty: the first) means, where it answers and is of the
/// plan's class. Error (infrastructure): DEVICE_LOST, or a plan for another class.
Result<Gpu> gpu_of_run(const RunPlan& plan, const GpuReport& report, const std::string& name);

/// What a worker on a GPU wants to see besides: our library for it, and what CUDA reads of the
/// machine: where the card sits (a link from bus into devices), how memory is laid out, what the
/// driver's modules were told. Which files those are differs from driver to driver, and one that is
/// missing only shows as error 304; so the whole of what describes hardware is there, read-only.
/// Not control groups, nor the kernel's own settings, which say more about what else runs here.
/// (The driver's own library lies where the system's do.)
void mount_gpu(const Paths& paths, std::vector<sandbox::Mount>& mounts);

/// "cpu", "os", "kernel", "compiler", "libtorch".
std::map<std::string, std::string> describe_host(const Toolchain& toolchain);

}  // namespace gradus::supervisor
