#include "framework/supervisor/inputs.hpp"

#include <fcntl.h>
#include <sys/utsname.h>

#include <cerrno>
#include <fstream>
#include <utility>

#include "framework/core/text.hpp"
#include "framework/supervisor/exam_order.hpp"
#include "framework/supervisor/failure.hpp"

namespace gradus::supervisor {
namespace {

Result<Fd> open_to_read(const fs::path& path) {
  Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) return system_error(path.string(), "open", errno);
  return file;
}

Status check_data(const RunPlan& plan, const datasets::DatasetInfo& info,
                  const std::string& split_hash) {
  const DataSpec& data = plan.data;
  const bool same = info.hash == data.hash && split_hash == data.split_hash &&
                    info.channels == data.channels && info.height == data.height &&
                    info.width == data.width &&
                    static_cast<std::int64_t>(info.classes.size()) == data.classes;
  if (same) return {};
  return infrastructure_error("data set " + data.name,
                              "is not the one that the plan was made for: found data " + info.hash +
                                  " split " + split_hash + ", wanted data " + data.hash +
                                  " split " + data.split_hash,
                              "run the command again: it makes a new plan");
}

Result<std::vector<sandbox::Mount>> mounts_of(const RunPlan& plan, const fs::path& worker,
                                              const Toolchain& toolchain) {
  std::vector<sandbox::Mount> mounts = {{worker, {}, false}, {toolchain.torch_mount, {}, false}};
  std::vector<const PluginUse*> plugins = {&plan.model};
  if (plan.activation) plugins.push_back(&*plan.activation);
  if (plan.augmentation) plugins.push_back(&*plan.augmentation);
  for (const PluginUse* plugin : plugins) {
    const fs::path library = plugin->library;
    if (!fs::is_regular_file(library)) {
      return infrastructure_error(library.string(), "the built library of the plugin is missing",
                                  "run the command again: it is built anew");
    }
    const bool there = std::any_of(mounts.begin(), mounts.end(),
                                   [&](const sandbox::Mount& m) { return m.host == library; });
    if (!there) mounts.push_back({library, {}, false});
  }
  return mounts;
}

/// The value behind "key<separator>" of the first such line of a file; empty where there is none.
std::string first_value(const fs::path& path, const std::string& key, char separator) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    const auto at = line.find(separator);
    if (at == std::string::npos || !line.starts_with(key)) continue;
    const auto start = line.find_first_not_of(" \t\"", at + 1);
    const auto end = line.find_last_not_of(" \t\"");
    return start == std::string::npos ? "" : printable(line.substr(start, end + 1 - start));
  }
  return "";
}

}  // namespace

void mount_gpu(const Paths& paths, std::vector<sandbox::Mount>& mounts) {
  if (const fs::path library = gpu_library(paths); !library.empty())
    mounts.push_back({library, {}, false});
  for (const char* path : {"/sys/bus", "/sys/class", "/sys/devices", "/sys/module"}) {
    if (fs::exists(path)) mounts.push_back({path, {}, false});
  }
}

std::map<std::string, std::string> describe_host(const Toolchain& toolchain) {
  std::map<std::string, std::string> host;
  host["cpu"] = first_value("/proc/cpuinfo", "model name", ':');
  host["os"] = first_value("/etc/os-release", "PRETTY_NAME", '=');
  utsname kernel{};
  if (::uname(&kernel) == 0) host["kernel"] = kernel.release;
  host["compiler"] = printable(toolchain.compiler_version);
  host["libtorch"] = printable(toolchain.torch_version);
  return host;
}

Result<Gpu> gpu_of_run(const RunPlan& plan, const GpuReport& report, const std::string& name) {
  const Gpu* gpu =
      name.empty() && !report.gpus.empty() ? &report.gpus.front() : gpu_named(report, name);
  if (gpu == nullptr)
    return infrastructure_error(
        kDeviceLost,
        report.gpus.empty() ? "no GPU answers: " + report.problem
                            : "the GPU " + printable(name) + " answers no longer",
        report.cure.empty() ? "see what 'gradus doctor' says of it" : report.cure);
  if (!plan.device_name.empty() && gpu->name != plan.device_name)
    return infrastructure_error(
        "GPU",
        "the plan is for a " + printable(plan.device_name) + ", this is a " + printable(gpu->name),
        "run the command again: it makes a new plan");
  return *gpu;
}

Result<OpenedInputs> OpenedInputs::open(const RunPlan& plan, const Paths& paths,
                                        const std::string& gpu) {
  GRADUS_TRY(const Toolchain toolchain, read_toolchain(paths));
  GRADUS_TRY(const auto dataset, datasets::Dataset::open(paths, plan.data.name));
  GRADUS_TRY(const datasets::Split split, dataset.split(plan.data.split));
  GRADUS_CHECK(check_data(plan, dataset.info(), split.hash));
  GRADUS_TRY(MappedSet train, MappedSet::open(split.train, plan.data));
  GRADUS_TRY(MappedSet val, MappedSet::open(split.val, plan.data));
  GRADUS_TRY(MappedSet test, MappedSet::open(split.test, plan.data));
  OpenedInputs opened(std::move(train), std::move(val), std::move(test));
  RunInputs& inputs = opened.inputs_;
  inputs.plan = plan;
  inputs.train = opened.train_.set();
  inputs.val = opened.val_.set();
  inputs.test = opened.test_.set();
  GRADUS_TRY(opened.train_images_, open_to_read(split.train.images));
  GRADUS_TRY(opened.train_labels_, open_to_read(split.train.labels));
  inputs.train_images_fd = opened.train_images_.get();
  inputs.train_labels_fd = opened.train_labels_.get();
  inputs.worker = paths.program("gradus-worker");
  GRADUS_TRY(inputs.mounts, mounts_of(plan, inputs.worker, toolchain));
  GRADUS_TRY(inputs.secret, read_secret(paths));
  inputs.host = describe_host(toolchain);
  if (plan.device != "cuda") return opened;
  GRADUS_TRY(inputs.gpu, gpu_of_run(plan, find_gpus(GpuSource::this_machine()), gpu));
  mount_gpu(paths, inputs.mounts);
  inputs.gpu_answers = [name = inputs.gpu->uuid] {
    const GpuReport now = find_gpus(GpuSource::this_machine());
    return name.empty() ? !now.gpus.empty() : gpu_named(now, name) != nullptr;
  };
  inputs.host["gpu"] = printable(inputs.gpu->name);
  inputs.host["driver"] = printable(inputs.gpu->driver);
  return opened;
}

}  // namespace gradus::supervisor
