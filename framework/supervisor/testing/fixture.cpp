#include "framework/supervisor/testing/fixture.hpp"

#include <sys/stat.h>

#include <cstdlib>

#include "framework/record/probes.hpp"
#include "framework/supervisor/inputs.hpp"

namespace gradus::supervisor::fake {
namespace {

std::string get(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

void set(const char* name, const std::string& value) {
  if (value.empty()) {
    ::unsetenv(name);
  } else {
    ::setenv(name, value.c_str(), 1);
  }
}

}  // namespace

FakeInstallation::FakeInstallation(const std::string& worker)
    : old_home_(get("GRADUS_HOME")), old_prefix_(get("GRADUS_PREFIX")) {
  const Paths& p = home_.paths();
  ::chmod(p.home.c_str(), 0755);
  fs::create_directories(p.prefix / "libexec" / "gradus");
  fs::create_directories(p.share());
  fs::create_directories(p.home / "torch");
  fs::copy_file(worker.empty() ? GRADUS_FAKE_WORKER : worker, p.program("gradus-worker"));
  fs::copy_file(GRADUS_SUPERVISOR, p.program("gradus-supervisor"));
  fs::copy_file(GRADUS_CONFINE, p.program("gradus-confine"));
  const Json toolchain = {{"compiler", "/usr/bin/c++"},
                          {"compiler_version", "test"},
                          {"torch_dir", (p.home / "torch").string()},
                          {"torch_mount", (p.home / "torch").string()},
                          {"torch_version", "none"},
                          {"sdk_hash", "none"},
                          {"sanitizers", Json::array()}};
  EXPECT_TRUE(write_file(p.share() / "toolchain.json", toolchain.dump()).ok());
  EXPECT_TRUE(write_file(p.home / "plugin.so", "a stand-in").ok());
  datasets::testing::make_tiny(p);
  forget_trained();
  set("GRADUS_HOME", p.home.string());
  set("GRADUS_PREFIX", p.prefix.string());
}

FakeInstallation::~FakeInstallation() {
  set("GRADUS_HOME", old_home_);
  set("GRADUS_PREFIX", old_prefix_);
}

RunPlan FakeInstallation::plan(const std::string& behaviour, const std::string& kind) const {
  RunPlan plan;
  plan.kind = kind;
  plan.model = {"model",
                "submission",
                behaviour,
                (home_.paths().home / "plugin.so").string(),
                std::string(64, '0'),
                {}};
  plan.recipe.epochs = 3;
  plan.data.name = "tiny";
  plan.data.split = {280, 300, 1};
  const auto dataset = datasets::Dataset::open(home_.paths(), "tiny");
  EXPECT_TRUE(dataset.ok());
  plan.data.hash = dataset->info().hash;
  plan.data.split_hash = dataset->split_hash(plan.data.split);
  plan.data.channels = 3;
  plan.data.height = plan.data.width = 8;
  plan.data.classes = 4;
  plan.sandbox = "off";
  plan.limits = {20, 30, 512, 16};
  if (kind == "probe") {
    for (const ProbeInfo& info : probe_table()) plan.probes.push_back({info.name, {}});
    for (ProbeSpec& probe : plan.probes) {
      if (probe.name == "parameters") probe.options["total"] = 6;
      if (probe.name == "activation_values") probe.options["function"] = "swish";
    }
    plan.activation = plan.augmentation = plan.model;
    plan.activation->kind = "activation";
    plan.augmentation->kind = "augmentation";
  }
  return plan;
}

void FakeInstallation::allow(std::size_t epochs) const {
  EXPECT_TRUE(write_file_atomically(home_.paths().home / "allowed", std::string(epochs, '.')).ok());
}

std::string FakeInstallation::trained() const {
  const auto text = read_file(home_.paths().home / "trained");
  return text.ok() ? *text : "";
}

void FakeInstallation::forget_trained() const {
  const fs::path file = home_.paths().home / "trained";
  EXPECT_TRUE(write_file(file, "").ok());
  ::chmod(file.c_str(), 0666);  // a worker may have a uid of its own
}

bool asks_examiner(const std::string& probe) {
  const ProbeInfo* info = find_probe_info(probe);
  if (info->claimed) return probe == "state_round_trip";
  return probe != "parameters" && probe != "every_parameter_moves" && probe != "frozen_parameters";
}

Result<RunRecord> run(const FakeInstallation& installation, const RunPlan& plan, double stall_ms,
                      const std::filesystem::path& checkpoint) {
  GRADUS_TRY(OpenedInputs opened, OpenedInputs::open(plan, installation.paths()));
  opened.inputs().stall_ms = stall_ms;
  opened.inputs().checkpoint = checkpoint;
  return supervise(opened.inputs());
}

}  // namespace gradus::supervisor::fake
