// Theory of operation. Two sources, because neither says all. nvidia-smi knows a GPU's memory;
// /proc/driver/nvidia/gpus/PCI/information knows the number of its device file, which may differ
// from nvidia-smi's index. They are brought together by the PCI address. Inside some containers one
// of them is missing; what the other one says is taken then.
#include "framework/core/gpu.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdlib>
#include <map>
#include <optional>

#include "framework/core/files.hpp"
#include "framework/core/process.hpp"
#include "framework/core/text.hpp"

namespace gradus {
namespace {

using Fields = std::map<std::string, std::string>;

std::string stripped(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1));
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find(separator, at), text.size());
    parts.push_back(stripped(text.substr(at, end - at)));
    at = end + 1;
  }
  return parts;
}

std::optional<std::int64_t> number(const std::string& text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

/// "00000000:3B:00.0" (nvidia-smi) and "0000:3b:00.0" (/proc) are one address.
std::string address(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  const std::size_t colon = text.find(':');
  if (colon != std::string::npos && colon > 4) text.erase(0, colon - 4);
  return text;
}

/// "Device Minor:  0" lines of /proc/driver/nvidia/gpus/PCI/information, by PCI address.
std::map<std::string, Fields> driver_says(const std::filesystem::path& root) {
  std::map<std::string, Fields> found;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(root / "proc/driver/nvidia/gpus", error)) {
    const auto text = read_file(entry.path() / "information", 1 << 16);
    if (!text.ok()) continue;
    Fields& fields = found[address(entry.path().filename().string())];
    for (const std::string& line : split(*text, '\n'))
      if (const auto colon = line.find(':'); colon != std::string::npos)
        fields[line.substr(0, colon)] = stripped(std::string_view(line).substr(colon + 1));
  }
  return found;
}

std::string field(const Fields& fields, const std::string& name) {
  const auto found = fields.find(name);
  return found == fields.end() ? std::string() : found->second;
}

/// Asks nvidia-smi. Where it names none that can be used, `report` says why and what to do.
std::vector<Gpu> smi_says(const std::filesystem::path& smi, GpuReport& report) {
  Command command;
  command.argv = {smi,
                  "--query-gpu=index,name,uuid,memory.total,driver_version,pci.bus_id,compute_mode",
                  "--format=csv,noheader,nounits"};
  command.timeout_ms = 30'000;  // a machine that has just started answers late
  command.output_limit = 1 << 16;
  const auto ended = run(command);
  std::vector<Gpu> found;
  if (!ended.ok() || ended->exit_code != 0) {
    const std::string said = ended.ok() ? stripped(ended->out + " " + ended->err) : "";
    report.problem = "nvidia-smi finds no GPU" + (said.empty() ? "" : ": " + printable(said));
    return found;
  }
  for (const std::string& line : split(ended->out, '\n')) {
    const auto parts = split(line, ',');
    if (parts.size() < 6 || !number(parts[0])) continue;
    // A run's two workers are processes of their own, and runs share a GPU: one process is too few.
    if (parts.size() > 6 && (parts[6] == "Exclusive_Process" || parts[6] == "Prohibited")) {
      report.problem = printable("the " + parts[1] + " is in compute mode " + parts[6] +
                                 ", in which a run's two processes cannot share it");
      report.cure = "Run 'nvidia-smi -i " + parts[0] + " -c DEFAULT' as root.";
      continue;
    }
    found.push_back({*number(parts[0]),
                     parts[1],
                     parts[2],
                     number(parts[3]).value_or(0),
                     parts[4],
                     address(parts[5]),
                     {}});
  }
  if (found.empty() && report.problem.empty()) report.problem = "nvidia-smi names no GPU";
  return found;
}

bool visible(const Gpu& gpu, const char* names) {
  if (!names) return true;
  // A name may be the beginning of a UUID; the first one that means nothing ends the list.
  for (const std::string& name : split(names, ',')) {
    if (name.empty() || name == "-1") return false;
    if (number(name) == gpu.index || (name.size() > 4 && gpu.uuid.starts_with(name))) return true;
  }
  return false;
}

/// After a start of the machine the node of the GPUs' memory appears with its first use by a
/// program that may load the module, which nothing in a sandbox may: NVIDIA's own helper does.
bool memory_node(const GpuSource& source) {
  const fs::path node = source.root / "dev/nvidia-uvm";
  const fs::path helper = find_program("nvidia-modprobe");
  if (!fs::exists(node) && source.root == "/" && !helper.empty()) {
    Command command;
    command.argv = {helper, "-u", "-c", "0"};
    static_cast<void>(run(command));
  }
  return fs::exists(node);
}

void add_nodes(Gpu& gpu, const GpuSource& source, std::optional<std::int64_t> minor) {
  const auto add = [&](const std::string& node) {
    if (fs::exists(source.root / node)) gpu.nodes.push_back((source.root / node).string());
  };
  for (const char* node : {"dev/nvidiactl", "dev/nvidia-uvm", "dev/nvidia-uvm-tools"}) add(node);
  add("dev/nvidia" + std::to_string(minor.value_or(gpu.index)));
}

}  // namespace

GpuReport find_gpus(const GpuSource& source) {
  GpuReport report;
  const auto fail = [&](const std::string& problem, const std::string& cure) {
    report.problem = problem;
    report.cure = cure;
    return report;
  };
  const bool control = fs::exists(source.root / "dev/nvidiactl");
  const auto driver = driver_says(source.root);
  if (!control && driver.empty())
    return fail("no driver of NVIDIA's is loaded",
                "Where there is an NVIDIA GPU, install its driver (580 or newer).");
  if (!control)
    return fail("the driver is loaded, /dev/nvidiactl is missing",
                "Run 'nvidia-modprobe -u -c 0' as root; in a container pass its devices in "
                "('docker run --gpus all').");
  if (!memory_node(source))
    return fail("the driver is loaded, /dev/nvidia-uvm is missing",
                "Run 'nvidia-modprobe -u -c 0' as root.");
  const fs::path smi = source.nvidia_smi.empty() ? find_program("nvidia-smi") : source.nvidia_smi;
  if (!smi.empty()) report.gpus = smi_says(smi, report);
  if (smi.empty())
    for (const auto& [pci, fields] : driver)
      report.gpus.push_back({number(field(fields, "Device Minor")).value_or(0),
                             field(fields, "Model"),
                             field(fields, "GPU UUID"),
                             0,
                             "",
                             pci,
                             {}});
  for (Gpu& gpu : report.gpus) {
    const auto known = driver.find(gpu.pci);
    add_nodes(gpu, source,
              known == driver.end() ? std::nullopt : number(field(known->second, "Device Minor")));
  }
  const std::size_t all = report.gpus.size();
  std::erase_if(report.gpus, [&](const Gpu& gpu) { return !visible(gpu, source.visible); });
  if (!report.gpus.empty()) return report;
  if (all > 0)
    return fail("CUDA_VISIBLE_DEVICES=" + printable(source.visible) + " hides every GPU",
                "Type: unset CUDA_VISIBLE_DEVICES");
  return fail(report.problem.empty() ? "the driver names no GPU" : report.problem,
              report.cure.empty()
                  ? "See what 'nvidia-smi' says; a driver that was renewed wants a restart."
                  : report.cure);
}

const GpuReport& this_machine_gpus() {
  static const GpuReport report = find_gpus(GpuSource::this_machine());
  return report;
}

GpuSource GpuSource::this_machine() {
  GpuSource source;
  source.visible = std::getenv("CUDA_VISIBLE_DEVICES");
  if (const char* root = std::getenv("GRADUS_MACHINE_ROOT"); root && *root != '\0') {
    source.root = root;
    source.nvidia_smi = source.root / "nvidia-smi";
  }
  return source;
}

const Gpu* gpu_named(const GpuReport& report, const std::string& name) {
  for (const Gpu& gpu : report.gpus)
    if (gpu.uuid == name || number(name) == gpu.index) return &gpu;
  return nullptr;
}

std::filesystem::path gpu_library(const Paths& paths) {
  for (const char* folder : {"lib", "lib64", "libexec/gradus"}) {
    const fs::path file = paths.prefix / folder / "libgradus_cuda.so";
    if (fs::exists(file)) return file;
  }
  return {};
}

Status gpu_usable(const Paths& paths, const GpuReport& report) {
  if (report.gpus.empty())
    return user_error("device \"cuda\"", "no GPU answers here: " + report.problem,
                      report.cure + " Or choose device \"cpu\", or \"auto\".");
  if (gpu_library(paths).empty())
    return user_error("device \"cuda\"",
                      "this copy of Gradus was built without its GPU library (wanted: "
                      "libgradus_cuda.so in " +
                          (paths.prefix / "lib").string() + ")",
                      "Run './gradus setup', which gets the compiler for it and builds it.");
  GRADUS_TRY(const Toolchain chain, read_toolchain(paths));
  // LibTorch's own archive brings them in its lib/, the wheels beside its folder.
  if (!fs::exists(chain.torch_dir.parent_path() / "nvidia/cudnn/lib/libcudnn.so.9") &&
      !fs::exists(chain.torch_dir / "lib/libcudnn.so.9"))
    return user_error(
        "device \"cuda\"",
        "NVIDIA's libraries are missing beside LibTorch (" + chain.torch_dir.string() + ")",
        "Run './gradus setup --gpu', which gets them (2.0 GB).");
  return {};
}

}  // namespace gradus
