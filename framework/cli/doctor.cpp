#include <sys/statvfs.h>

#include <cstdlib>

#include "datasets/catalog/catalog.hpp"
#include "framework/cli/command.hpp"
#include "framework/cli/version.hpp"
#include "framework/core/gpu.hpp"
#include "framework/core/machine.hpp"
#include "framework/core/process.hpp"
#include "framework/core/text.hpp"
#include "framework/sandbox/sandbox.hpp"
#include "framework/supervisor/gpu_trial.hpp"

namespace gradus::cli {
namespace {

/// The first driver that CUDA 13 runs on.
constexpr int kDriver = 580;

/// One line of the doctor's table.
struct Finding {
  std::string part, detail, cure;
  bool ok = false;
  bool needed = true;  ///< without it the main job cannot run
};

Finding torch(const Context& context) {
  const auto chain = read_toolchain(context.paths);
  if (!chain.ok()) return {"LibTorch", chain.error().text(), chain.error().cure};
  const fs::path library = chain->torch_dir / "lib" / "libtorch_cpu.so";
  if (!fs::exists(library)) {
    return {"LibTorch", "not at " + chain->torch_dir.string(),
            "./gradus setup, or GRADUS_TORCH=DIR ./gradus setup"};
  }
  return {"LibTorch", chain->torch_version + " at " + chain->torch_dir.string(), "", true};
}

Finding compiler(const Context& context) {
  const auto chain = read_toolchain(context.paths);
  if (!chain.ok()) return {"compiler", "unknown", chain.error().cure};
  const bool found = fs::exists(chain->compiler);
  return {"compiler", chain->compiler.string() + "  " + chain->compiler_version,
          found ? "" : "./gradus setup", found};
}

std::vector<Finding> programs() {
  struct Program {
    const char* name;
    const char* use;
    const char* package;
    bool needed;
  };
  constexpr std::array kPrograms = {Program{"gnuplot", "figures", "gnuplot-nox", true},
                                    Program{"weasyprint", "PDF reports", "weasyprint", true},
                                    Program{"curl", "fetching data", "curl", false},
                                    Program{"sbatch", "Slurm", "slurm-wlm", false}};
  std::vector<Finding> out;
  for (const auto& program : kPrograms) {
    const fs::path path = find_program(program.name);
    Finding finding{program.name,
                    path.empty() ? std::string("absent (") + program.use + ")" : path.string(), "",
                    !path.empty(), program.needed};
    if (path.empty() && *program.package != '\0')
      finding.cure = std::string("apt-get install ") + program.package;
    out.push_back(finding);
  }
  return out;
}

/// That a GPU answers says little: a step on it is tried as a run would take it. Where that fails,
/// the same outside the sandbox tells whose fault it is.
Status tried(const Context& context, const Gpu& gpu) {
  const Status inside = supervisor::try_gpu(context.paths, gpu);
  if (inside.ok()) return {};
  const std::string what = "a step on it fails in the sandbox: " + inside.error().what;
  if (!supervisor::try_gpu(context.paths, gpu, "off").ok())
    return infrastructure_error("GPU", what + " (and without the sandbox, too)",
                                inside.error().cure);
  return infrastructure_error(
      "GPU", what + "; without the sandbox it goes well",
      "The sandbox keeps something from the driver that it wants: please report this line. Until "
      "then run on the CPU (--device cpu), or with --sandbox off where all code is trusted.");
}

/// One row for each GPU; each is fit only where runs could have it.
std::vector<Finding> gpus(const Context& context) {
  const GpuReport& report = this_machine_gpus();
  const Status usable = gpu_usable(context.paths, report);
  const std::string built =
      gpu_library(context.paths).empty() ? "; the GPU library is not built" : "";
  if (report.gpus.empty()) return {{"GPU", report.problem + built, report.cure, false, false}};
  std::vector<Finding> out;
  for (const Gpu& gpu : report.gpus) {
    std::string found = gpu.name;
    if (gpu.memory_mib > 0)
      found += ", " + byte_size(static_cast<double>(gpu.memory_mib) * 1024 * 1024);
    if (!gpu.driver.empty()) found += ", driver " + gpu.driver;
    const int driver = std::atoi(gpu.driver.c_str());
    if (driver > 0 && driver < kDriver)
      found += " (CUDA 13 wants " + std::to_string(kDriver) + " or newer)";
    const Status fit = usable.ok() ? tried(context, gpu) : usable;
    found += fit.ok() ? "; a step on it was taken, recorded and replayed" : "; " + fit.error().what;
    out.push_back({"GPU " + std::to_string(gpu.index), found, fit.ok() ? "" : fit.error().cure,
                   fit.ok(), false});
  }
  return out;
}

Finding disk(const Context& context) {
  struct statvfs info {};
  fs::path folder = context.paths.home;
  while (!fs::exists(folder) && folder.has_parent_path() && folder != folder.parent_path())
    folder = folder.parent_path();
  if (::statvfs(folder.c_str(), &info) != 0)
    return {"GRADUS_HOME", context.paths.home.string() + " cannot be read", ""};
  const double free = static_cast<double>(info.f_bavail) * static_cast<double>(info.f_frsize);
  constexpr double kWanted = 2.0 * 1024 * 1024 * 1024;
  return {"GRADUS_HOME", context.paths.home.string() + "  " + byte_size(free) + " free",
          free < kWanted ? "free at least 2 GiB" : "", free >= kWanted};
}

std::vector<Finding> examine(const Context& context) {
  std::vector<Finding> out = {disk(context), torch(context), compiler(context)};
  for (const auto& layer : sandbox::probe_layers()) {
    // Control groups and the like sharpen the limits; without the rest nothing hostile may run.
    const bool needed =
        layer.layer == "namespaces" || layer.layer == "seccomp" || layer.layer == "user";
    out.push_back({"sandbox: " + layer.layer, layer.detail, layer.cure, layer.available, needed});
  }
  for (auto& finding : gpus(context)) out.push_back(std::move(finding));
  for (const auto& entry : datasets::list(context.paths)) {
    const bool ready = entry.state == "ready";
    out.push_back(
        {"data: " + entry.name, entry.state, ready ? "" : "gradus data get " + entry.name, ready});
  }
  for (auto& finding : programs()) out.push_back(std::move(finding));
  return out;
}

Status doctor(Context& context) {
  const auto findings = examine(context);
  bool healthy = true;
  Json json = Json::array();
  Table table{{"", "Part", "Found"}, {}, {}, {}};
  for (const auto& finding : findings) {
    healthy = healthy && (finding.ok || !finding.needed);
    json.push_back({{"part", finding.part},
                    {"ok", finding.ok},
                    {"needed", finding.needed},
                    {"detail", finding.detail},
                    {"cure", finding.cure}});
    table.rows.push_back({finding.ok       ? "ok"
                          : finding.needed ? "MISSING"
                                           : "absent",
                          printable(finding.part), printable(finding.detail)});
    table.styles.push_back({finding.ok       ? Style::good
                            : finding.needed ? Style::bad
                                             : Style::dim,
                            Style::plain, Style::plain});
  }
  context.exit_code = healthy ? 0 : 3;
  if (context.json) {
    print_json(context, {{"version", kVersion},
                         {"healthy", healthy},
                         {"cores", this_machine().cores},
                         {"findings", json}});
    return {};
  }
  context.out.print(std::string("gradus ") + kVersion + ", " +
                    std::to_string(this_machine().cores) + " cores, installed at " +
                    printable(context.paths.prefix.string()));
  context.out.write(table.render(context.out));
  for (const auto& finding : findings) {
    if (!finding.ok && !finding.cure.empty()) {
      context.out.print("  to have " + printable(finding.part) + ": " + printable(finding.cure));
    }
  }
  context.out.print(healthy
                        ? context.out.styled(Style::good, "All that the main job needs is here.")
                        : context.out.styled(Style::bad, "Something needed is missing."));
  return {};
}

}  // namespace

void add_doctor(CLI::App& app, Context& context) {
  auto* command =
      app.add_subcommand("doctor", "What this machine can do, what is missing, and the cure");
  add_json_flag(*command, context);
  command->callback([&context] { guarded(context, [&] { return doctor(context); }); });
}

}  // namespace gradus::cli
