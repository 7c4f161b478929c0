#include "framework/tests/attacks/role.hpp"

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <vector>

#include "framework/supervisor/worker.hpp"
#include "framework/tests/attacks/decoys.hpp"

namespace gradus::attacks {
namespace {

constexpr std::int64_t kImages = 8;

RunPlan hostile_plan(const RoleStage& stage, const std::string& attack, const Target& target,
                     sandbox::Mode mode) {
  RunPlan plan;
  plan.model = {"model", "submission", "hostile", stage.plugin, "hash", {}};
  plan.model.options = {{"attack", attack}, {"target", target.text()}};
  plan.input.mean = {0.5, 0.5, 0.5};
  plan.input.std = {0.2, 0.2, 0.2};
  plan.data.name = "decoys";
  plan.data.channels = 3;
  plan.data.height = plan.data.width = 8;
  plan.data.classes = 4;
  plan.data.split.train = kImages;
  plan.recipe.batch = 4;
  plan.sandbox = sandbox::to_string(mode);
  plan.limits.cpu_s = 60;
  plan.limits.wall_s = 60;
  return plan;
}

Fd memory_file(std::size_t bytes) {
  Fd file(memfd_create("images", MFD_CLOEXEC));
  const std::vector<char> zeros(bytes, 0);
  if (write(file.get(), zeros.data(), bytes) != static_cast<ssize_t>(bytes)) std::abort();
  return file;
}

}  // namespace

Result<RoleStage> make_role_stage(const fs::path& prefix, const fs::path& worker,
                                  const fs::path& plugin, const fs::path& torch) {
  char path[] = "/tmp/gradus-roles-XXXXXX";
  if (!mkdtemp(path) || chmod(path, 0755) != 0) return system_error(path, "mkdtemp", errno);
  setenv("GRADUS_HOME", path, 1);
  setenv("GRADUS_PREFIX", prefix.c_str(), 1);
  RoleStage stage{path, fs::path(path) / "gradus-worker", fs::path(path) / "hostile.so", torch};
  std::error_code error;
  fs::copy_file(worker, stage.worker, error);
  if (!error) fs::copy_file(plugin, stage.plugin, error);
  if (error || chmod(stage.worker.c_str(), 0755) != 0 || chmod(stage.plugin.c_str(), 0644) != 0)
    return infrastructure_error(path, "worker and plugin cannot be copied: " + error.message());
  return stage;
}

std::string attack_in_role(const RoleStage& stage, const std::string& role,
                           const std::string& attack, sandbox::Mode mode,
                           const sandbox::Layers* layers) {
  auto decoys = Decoys::make(stage.home);
  if (!decoys.ok()) return "not started: " + decoys.error().text();
  const Fd images = memory_file(kImages * 8 * 8 * 3), labels = memory_file(kImages);
  supervisor::WorkerSpec spec;
  spec.role = role;
  spec.plan = hostile_plan(stage, attack, decoys->target(), mode);
  spec.program = stage.worker;
  spec.mounts = {{stage.worker, {}, false}, {stage.plugin, {}, false}, {stage.torch, {}, false}};
  if (role == "trainer") spec.data_fds = {{images.get(), 5}, {labels.get(), 6}};
  spec.layers_for_test = layers;
  const std::string nonce(32, 'a');
  const auto worker = supervisor::Worker::start(spec, nonce);
  if (!worker.ok()) return "not started: " + worker.error().text();
  for (;;) {
    const auto frame = (*worker)->receive(nonce);
    if (frame.ok()) continue;
    const Failure failure = (*worker)->failure(frame.error());
    const std::string threw = "' threw: ";
    const auto at = failure.what.find(threw);
    if (at == std::string::npos) return "not started: " + failure.code + ": " + failure.what;
    if (!decoys->victim_untouched()) return "succeeded: it wrote into the victim";
    return failure.what.substr(at + threw.size());
  }
}

}  // namespace gradus::attacks
